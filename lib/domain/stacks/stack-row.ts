import { DeploymentKind, DeploymentState } from "@/lib/contracts/deployment";
import { DeploymentSpec, type Source } from "@/lib/contracts/service";
import { type StackSummary, stackUrl } from "@/lib/contracts/stack";
import type { RollbackTarget } from "@/lib/engine/releases/release-store";
import type { Prisma } from "@/lib/platform/db/client";
import { toServiceCheckDetail } from "@/lib/services/service-check";
import type { LastDeployment } from "@/lib/services/service-status-store";
import { isHttps } from "@/lib/services/templates/stack-draft";
import { DokployTargetSettings } from "@/lib/targets/dokploy-target";
import { stackState } from "./stack-state";

/** How a stack's row reads. */

export const withNames = {
  owner: { select: { id: true, name: true } },
  target: { select: { id: true, name: true, settings: true } },
  template: { select: { name: true } },
  currentRelease: true,
  check: true,
} as const satisfies Prisma.ServiceInclude;
type Row = Prisma.ServiceGetPayload<{ include: typeof withNames }>;

export function toSummary(
  row: Row,
  last: LastDeployment["deployment"],
  rollbackTo: RollbackTarget | undefined,
): StackSummary {
  const { id, name, owner, target, template, currentRelease } = row;
  const lastDeployment = last && {
    ...last,
    kind: DeploymentKind.parse(last.kind),
    state: DeploymentState.parse(last.state),
  };
  const check = toServiceCheckDetail(row.check, row.currentReleaseId);
  const isDeployed = currentRelease !== null;
  return {
    id,
    name,
    state: stackState({ lastDeployment, isDeployed, condition: check?.condition ?? null }),
    url: urlOfStack(row, target) ?? "",
    template: template?.name ?? null,
    owner,
    target: { id: target.id, name: target.name },
    image: currentRelease && imageOf(DeploymentSpec.parse(currentRelease.spec).source),
    currentRelease: currentRelease && { id: currentRelease.id, number: currentRelease.number },
    rollbackTo: rollbackTo
      ? { releaseId: rollbackTo.id, number: rollbackTo.number, image: imageOf(rollbackTo.source) ?? "" }
      : null,
    lastDeployment,
    check,
    createdAt: row.createdAt.toISOString(),
  };
}

function imageOf(source: Source): string | null {
  return source.kind === "image" ? source.image : null;
}

/** Where it answers through its server's proxy; null for what has no domain. */
export function urlOfStack(
  { domain, settings }: { domain: string | null; settings: unknown },
  target: { settings: unknown },
): string | null {
  return domain === null ? null : stackUrl({ domain, https: isHttps(settings) }, waysOf(target));
}

/** A target that was removed says nothing any more: then the usual ports. */
export function waysOf({ settings }: { settings: unknown }): { httpPort: number; httpsPort: number } {
  const { httpPort = 80, httpsPort = 443 } = DokployTargetSettings.safeParse(settings).data ?? {};
  return { httpPort, httpsPort };
}
