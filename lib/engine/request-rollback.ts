import type { DeploymentView } from "@/lib/contracts/deployment";
import { Problem } from "@/lib/contracts/problem";
import { DeploymentSpec } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { rollbackTarget } from "@/lib/engine/releases/release-store";
import type { Tx } from "@/lib/platform/db/client";
import { wrongField } from "@/lib/services/draft-fields";
import { domainTakenErrors } from "@/lib/services/place-fields";
import { findPortHolder } from "@/lib/services/service-store";
import { lockTarget } from "@/lib/targets/target-store";
import { type RequestedService, type RequestOptions, request } from "./request-deployment";

/**
 * Going back is a new deployment of an older release: its artifact, environment and configuration. Without a release it
 * is the one before the current. Throws no-previous-release, release-not-restorable, not-found or forbidden.
 */
export function requestRollback(
  input: { serviceName: string; releaseId?: string },
  actor: Actor,
  options: RequestOptions = {},
): Promise<DeploymentView> {
  return request(input.serviceName, actor, options, async (service, tx) => {
    const release = await rollbackTarget(tx, service, input.releaseId);
    if (release.targetId !== service.targetId)
      throw new Problem("release-not-restorable", { params: { reason: "other-target" } });
    const spec = DeploymentSpec.parse(release.spec);
    await refuseTaken(tx, service, spec);
    return { kind: "rollback", spec, releaseId: release.id };
  });
}

/** What the service gave up since may lead to another by now. */
async function refuseTaken(tx: Tx, { id, target }: RequestedService, { domain, port }: DeploymentSpec): Promise<void> {
  await lockTarget(tx, target.name);
  const hasOwnPort =
    target.kind === "dokploy" || (await findPortHolder(tx, { targetId: target.id, port, exceptId: id })) === null;
  if (!hasOwnPort) {
    const fields = [wrongField(["port"], "port-taken")];
    throw new Problem("port-taken", { params: { port, target: target.name }, fields });
  }
  const wrong = domain === null ? [] : await domainTakenErrors(tx, domain, target, id);
  if (wrong.length > 0) throw new Problem("domain-taken", { params: { domain: domain ?? "" }, fields: wrong });
}
