import { Condition, Difference, Restored, type ServiceCheck, type ServiceCheckDetail } from "@/lib/contracts/drift";
import { ProblemData } from "@/lib/contracts/problem";
import type { Prisma } from "@/lib/platform/db/client";

/** Converts a check's row, and decides which of its repair tries count. */

type Row = Prisma.ServiceCheckGetPayload<object>;

/** Null for a check of another release than the current one, which says nothing about the current one. */
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

/** After this many unsuccessful tries in a row, the repair is left to people. */
const MOST_TRIES = 3;
/** A repair was successful when the service kept running for this long. */
const LASTED_MS = 10 * 60_000;
/** A service that was given up is tried again after this time: the cause may be gone. */
const FORGET_MS = 60 * 60_000;

interface Tries {
  tries: number;
  triedAt: Date | null;
}

/** The tries that still count. A check that a person requests starts at zero. */
export function triesThatCount({ tries, triedAt }: Tries, isGood: boolean, asked: Date | null, now: Date): number {
  if (triedAt === null || (asked !== null && asked > triedAt)) return 0;
  const ago = now.getTime() - triedAt.getTime();
  return ago > (isGood ? LASTED_MS : FORGET_MS) ? 0 : tries;
}

export function isGivenUp(tries: number): boolean {
  return tries >= MOST_TRIES;
}
