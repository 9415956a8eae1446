import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { folderStorage } from "@/lib/domain/backups/folder-storage";
import { backupStorage } from "@/lib/domain/backups/open-storage";
import { ENDING } from "@/lib/domain/backups/storage";
import { formatBytes } from "@/lib/platform/i18n/quantities";
import { bold, say } from "../screen.mjs";

/** Finds an archive by its name in the storage or by its path, with the SHA-256 that is stored beside it. */
export async function findArchive(
  wanted: string,
  { folder }: { folder: string },
): Promise<{ file: string; sha256: string | null }> {
  if (wanted.endsWith(ENDING) && existsSync(wanted)) {
    const path = resolve(wanted);
    return folderStorage(dirname(path)).fetch(basename(path, ENDING), folder);
  }
  const storage = await backupStorage();
  return storage.fetch(basename(wanted, ENDING), folder);
}

/** Lists the archives that can be restored, newest first. */
export async function showArchives(): Promise<void> {
  const storage = await backupStorage();
  const archives = (await storage.list()).toSorted((a, b) => b.storedAt.getTime() - a.storedAt.getTime());
  say(
    archives.length === 0 ? `There are no backups in ${storage.place}.` : `Backups in ${storage.place}, newest first:`,
  );
  say();
  for (const { name, bytes, storedAt } of archives)
    say(
      `${bold(name.padEnd(32))} ${formatBytes(bytes, "en").padStart(9)}   ${storedAt.toISOString().slice(0, 16).replace("T", " ")} UTC`,
    );
  say();
  say("Restore one with: npm run restore <name>, or the path of an archive.");
  say();
}
