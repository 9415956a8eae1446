import { authorize, ownedBy, servicesWithin } from "@/lib/contracts/authorize";
import type { ServiceCheck, TargetDrift } from "@/lib/contracts/drift";
import { Problem, ProblemData } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, transaction } from "@/lib/platform/db/client";
import { toServiceCheck } from "@/lib/services/service-check";
import { findTargetRow, lockTarget } from "@/lib/targets/target-store";
import { checkEveryMs } from "./check-target-drift";

/** How long a repair is shown. */
const RECENT_MS = 24 * 60 * 60_000;

/** The last comparison of a target, with the services that the actor may see. Throws not-found. */
export async function readTargetDrift(targetName: string, actor: Actor): Promise<TargetDrift> {
  const target = await findTargetRow(targetName);
  if (!target) throw new Problem("not-found");
  const [check, services] = await Promise.all([
    db.driftCheck.findUnique({ where: { targetId: target.id } }),
    db.service.findMany({
      where: {
        AND: servicesWithin(ownedBy(actor, "service:read")),
        targetId: target.id,
        deletedAt: null,
        check: { isNot: null },
      },
      select: { id: true, name: true, currentReleaseId: true, check: true },
      orderBy: { name: "asc" },
    }),
  ]);
  const compared = services.flatMap(({ id, name, currentReleaseId, check }) => {
    const seen = toServiceCheck(check, currentReleaseId);
    return seen ? [{ id, name, check: seen }] : [];
  });
  return {
    checkedAt: check?.checkedAt?.toISOString() ?? null,
    requestedAt: check?.requestedAt?.toISOString() ?? null,
    everySeconds: Math.ceil(checkEveryMs(target) / 1_000),
    problem: ProblemData.nullable().parse(check?.problem ?? null),
    compared: compared.length,
    services: compared.filter(({ check }) => isWorthShowing(check)),
  };
}

function isWorthShowing({ condition, restoredAt }: ServiceCheck): boolean {
  return condition !== "good" || (restoredAt !== null && Date.parse(restoredAt) > Date.now() - RECENT_MS);
}

/**
 * Makes a target due now: a worker that reaches it compares within seconds, and retries repairs that were given up.
 * Throws not-found or target-disabled.
 */
export async function requestDriftCheck(targetName: string, actor: Actor): Promise<TargetDrift> {
  authorize(actor, "target:write");
  await transaction(async (tx) => {
    const target = await lockTarget(tx, targetName);
    if (!target) throw new Problem("not-found");
    if (target.disabledAt) throw new Problem("target-disabled", { params: { target: targetName } });
    const now = new Date();
    const asked = { requestedAt: now, dueAt: now };
    const where = { targetId: target.id };
    await tx.driftCheck.upsert({ where, create: { ...where, ...asked }, update: asked });
    await audit(tx, actor, "target.compare", { type: "target", id: target.id, name: targetName });
  });
  return readTargetDrift(targetName, actor);
}
