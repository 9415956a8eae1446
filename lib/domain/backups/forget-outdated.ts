import type { BackupProof } from "@/lib/contracts/backup";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { backupStorage } from "./open-storage";
import { outdated } from "./retention";

/** Rows of attempts that failed say why; this many are enough. */
const FAILED_KEPT = 20;

/** Removes the archives that are no longer kept, with their rows. What cannot be removed now is removed another time. */
export async function forgetOutdated(keep = env.BACKUP_KEEP): Promise<void> {
  const storage = await backupStorage();
  const rows = await db.backup.findMany({ where: { state: "succeeded" }, select: { name: true, proof: true } });
  const proven = new Set(
    rows.filter(({ proof }) => (proof as BackupProof | null)?.state === "proven").map(({ name }) => name),
  );
  for (const name of outdated(await storage.list(), keep, proven)) {
    try {
      await storage.remove(name);
      await db.backup.deleteMany({ where: { name, state: "succeeded" } });
    } catch (error) {
      log.warn({ err: error, backup: name }, "an old backup could not be removed");
    }
  }
  const failed = await db.backup.findMany({
    where: { state: "failed" },
    orderBy: { id: "desc" },
    skip: FAILED_KEPT,
    select: { id: true },
  });
  await db.backup.deleteMany({ where: { id: { in: failed.map(({ id }) => id) } } });
}
