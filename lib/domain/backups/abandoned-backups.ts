import type { ProblemData } from "@/lib/contracts/problem";
import { db } from "@/lib/platform/db/client";

/** How often whoever makes a backup says that it lives. */
export const SEEN_EVERY_MS = 5_000;
/** A backup whose maker was silent for so long is nobody's any more. */
const SILENT_MS = 60_000;
/** One that waits so long has no worker to wait for. */
const WAITS_MS = 15 * 60_000;

/** Ends what nobody makes any more, so that nothing stays `running` for ever. */
export async function endAbandonedBackups(now = Date.now()): Promise<void> {
  const problem: ProblemData = { code: "backup-interrupted", params: {} };
  const silent = [
    { state: "running", seenAt: { lt: new Date(now - SILENT_MS) } },
    { state: "queued", seenAt: { lt: new Date(now - WAITS_MS) } },
  ];
  await db.backup.updateMany({ where: { OR: silent }, data: { state: "failed", problem, finishedAt: new Date(now) } });
}
