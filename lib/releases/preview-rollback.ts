import { isDeepStrictEqual } from "node:util";
import { authorize } from "@/lib/contracts/authorize";
import type { Change, RollbackPreview } from "@/lib/contracts/release";
import { DeploymentSpec, type Environment } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { db } from "@/lib/db/client";
import type { Json } from "@/lib/drivers/driver";
import { driverOf } from "@/lib/drivers/registry";
import { unseal } from "@/lib/secrets/seal";
import { closePlace, type PlacedTarget, placeOf } from "@/lib/targets/place";
import { listReleases, rollbackTarget } from "./release-store";

/** Files named in the dialog; the rest is a number. */
const SHOWN_FILES = 200;
/** Everything of a spec that is not shown as source, environment or name. */
const CONFIGURATION = [
  "driver",
  "settings",
  "port",
  "healthPath",
  "health",
  "domain",
  "volumes",
  "dropletId",
  "autoRegister",
] as const;

type StoredRelease = Awaited<ReturnType<typeof rollbackTarget>>;

/** What going back would change. Values of the environment are compared here and never leave the server. */
export async function previewRollback(serviceName: string, actor: Actor, releaseId?: string): Promise<RollbackPreview> {
  const found = await db.service.findFirst({
    where: { name: serviceName, deletedAt: null },
    include: { target: true, currentRelease: true },
  });
  const service = authorize(actor, "release:read", found);
  const to = await rollbackTarget(db, service, releaseId);
  const from = service.currentRelease;
  const [summaries, changes, environment] = await Promise.all([
    listReleases(service.id),
    from ? fileChanges(service, from, to) : [],
    environmentChanges(from?.environmentRevisionId ?? null, to.environmentRevisionId),
  ]);
  const summaryOf = (id: string) => summaries.find((summary) => summary.id === id);
  const target = summaryOf(to.id);
  if (!target) throw new Error(`release ${to.id} is missing from its service's list`);
  return {
    from: (from && summaryOf(from.id)) ?? null,
    to: target,
    files: { changes: changes.slice(0, SHOWN_FILES), total: changes.length },
    environment,
    configuration: configurationChanges(
      DeploymentSpec.parse(service.currentRelease?.spec ?? to.spec),
      DeploymentSpec.parse(to.spec),
    ),
  };
}

async function fileChanges(
  service: { name: string; target: PlacedTarget },
  from: StoredRelease,
  to: StoredRelease,
): Promise<Change[]> {
  const place = await placeOf(service.target);
  try {
    const ref = (release: StoredRelease) => ({ id: release.id, artifact: release.artifact as Json });
    return await driverOf(DeploymentSpec.parse(to.spec).driver).diff(
      { ...place, serviceName: service.name },
      ref(from),
      ref(to),
    );
  } finally {
    await closePlace(place);
  }
}

async function environmentChanges(fromId: string | null, toId: string | null): Promise<Change[]> {
  const [before, after] = await Promise.all([environmentOf(fromId), environmentOf(toId)]);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name): Change[] => {
    if (before[name] === after[name]) return [];
    return [{ name, kind: before[name] === undefined ? "added" : after[name] === undefined ? "removed" : "changed" }];
  });
}

async function environmentOf(revisionId: string | null): Promise<Environment> {
  if (revisionId === null) return {};
  const { sealed } = await db.environmentRevision.findUniqueOrThrow({ where: { id: revisionId } });
  return unseal<Environment>(sealed);
}

function configurationChanges(from: DeploymentSpec, to: DeploymentSpec): RollbackPreview["configuration"] {
  return CONFIGURATION.filter((field) => !isDeepStrictEqual(from[field], to[field])).map((field) => ({
    field,
    from: from[field],
    to: to[field],
  }));
}
