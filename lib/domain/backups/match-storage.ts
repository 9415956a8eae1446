import type { ProblemData } from "@/lib/contracts/problem";
import { db } from "@/lib/platform/db/client";
import { backupStorage } from "./open-storage";

/**
 * Makes the rows say what the storage holds: an archive that this database does not know (it was restored, or somebody
 * put the file there) gets a row, and one whose archive somebody took away says so.
 */
export async function matchStorage(): Promise<void> {
  const storage = await backupStorage();
  const { kind, place } = storage;
  const archives = await storage.list();
  const there = archives.map(({ name }) => name);
  await db.backup.createMany({
    data: archives.map(({ name, bytes, storedAt }) => ({
      ...{ name, bytes, storage: kind, place, createdAt: storedAt, finishedAt: storedAt },
      ...{ state: "succeeded", trigger: "found", actorName: "landfall" },
    })),
    skipDuplicates: true,
  });
  const problem: ProblemData = { code: "backup-missing", params: {} };
  await db.backup.updateMany({
    where: { state: "succeeded", storage: kind, place, name: { notIn: there } },
    data: { state: "failed", problem },
  });
}
