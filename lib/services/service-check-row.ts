import { Condition, Difference, Restored, type ServiceCheck, type ServiceCheckDetail } from "@/lib/contracts/drift";
import { ProblemData } from "@/lib/contracts/problem";
import type { Prisma } from "@/lib/platform/db/client";
import { isGivenUp } from "./tries";

/** How a check's row reads. */

type Row = Prisma.ServiceCheckGetPayload<object>;

/** Null for one of another release than the one that serves: it says nothing any more. */
export function toServiceCheck(row: Row | null, currentReleaseId: string | null): ServiceCheck | null {
  if (row === null || row.releaseId !== currentReleaseId) return null;
  const { since, checkedAt, exitCode, restarts, restoredAt, tries, triedAt } = row;
  return {
    condition: Condition.parse(row.condition),
    since: since.toISOString(),
    checkedAt: checkedAt.toISOString(),
    differences: toDifferences(row),
    exitCode,
    restarts,
    problem: ProblemData.nullable().parse(row.problem),
    restored: Restored.array().parse(row.restored),
    restoredAt: restoredAt?.toISOString() ?? null,
    tries,
    triedAt: triedAt?.toISOString() ?? null,
    givenUp: isGivenUp(tries),
  };
}

export function toServiceCheckDetail(row: Row | null, currentReleaseId: string | null): ServiceCheckDetail | null {
  const check = toServiceCheck(row, currentReleaseId);
  return check && row && { ...check, lastOutput: row.lastOutput };
}

export function toDifferences({ differences }: Pick<Row, "differences">): Difference[] {
  return Difference.array().parse(differences);
}
