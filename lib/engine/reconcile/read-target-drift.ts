import { ownedBy, servicesWithin } from "@/lib/contracts/authorize";
import type { ServiceCheck, TargetDrift } from "@/lib/contracts/drift";
import { Problem, ProblemData } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { db } from "@/lib/platform/db/client";
import { toServiceCheck } from "@/lib/services/service-check-row";
import { findTargetRow } from "@/lib/targets/target-store";
import { checkEveryMs } from "./check-target-drift";

/** How long something that was put back is worth showing. */
const RECENT_MS = 24 * 60 * 60_000;

/** Of the services that the actor may see. Throws not-found. */
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
