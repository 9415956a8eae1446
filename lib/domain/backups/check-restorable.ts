import { readMigrationFiles } from "@/lib/platform/db/migration-files";
import { env } from "@/lib/platform/env";
import { type CheckedArchive, checkArchive, checkMigrations } from "./check-archive";
import { migrationsDirectory } from "./migrations-directory";
import { knowsEveryKey, refuseUnknownKeys } from "./restored-keys";
import { openContents, type SealedContents } from "./sealed-contents";

export interface Restorable extends CheckedArchive {
  file: string;
  /** Null: the archive has none, or it is not needed and there is no passphrase to open it with. */
  contents: SealedContents | null;
}

/** Everything that can be known before anything is touched. Throws when the archive cannot be restored here. */
export async function checkRestorable(file: string, sha256: string | null): Promise<Restorable> {
  const archive = await checkArchive(file, sha256);
  checkMigrations(archive.manifest, await readMigrationFiles(migrationsDirectory()));
  refuseUnknownKeys(archive.manifest);
  return { ...archive, file, contents: await openIfNeeded(archive) };
}

async function openIfNeeded(archive: CheckedArchive): Promise<SealedContents | null> {
  const { BACKUP_PASSPHRASE: passphrase } = env;
  if (passphrase === undefined && knowsEveryKey(archive.manifest)) return null;
  return openContents(archive, passphrase?.reveal());
}
