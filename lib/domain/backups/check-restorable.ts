import { Problem } from "@/lib/contracts/problem";
import { readMigrationFiles } from "@/lib/platform/db/migration-files";
import { env } from "@/lib/platform/env";
import { keyRing, parseKeys } from "@/lib/platform/secrets/key-ring";
import { migrationsDirectory } from "./load-archive";
import type { Manifest } from "./manifest";
import { type CheckedArchive, checkArchive, checkMigrations } from "./read-archive";
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

/** Can everything that was sealed when the archive was made be opened without what is in it? */
function knowsEveryKey({ keyFingerprints }: Manifest): boolean {
  const ours = new Set(keyRing().map(({ id }) => id));
  return keyFingerprints.every((id) => ours.has(id));
}

/** An archive without its keys needs one of ours. Throws `backup-key-wrong` when there is none. */
function refuseUnknownKeys({ keyFingerprints, sealed }: Manifest): void {
  const ours = keyRing().map(({ id }) => id);
  if (sealed !== null || keyFingerprints.some((id) => ours.includes(id))) return;
  throw new Problem("backup-key-wrong", {
    detail: `It was made with the secret key ${keyFingerprints.join(", ")}, which is not in it, and this installation has ${ours.join(", ")}: put the key that was kept elsewhere behind this installation's, with a comma or a line between them, then restore again.`,
  });
}

/** The archive's keys that this installation does not have. */
export function missingKeys(contents: SealedContents | null): string[] {
  const ours = new Set(keyRing().map(({ id }) => id));
  return (contents?.keys ?? []).filter((key) => !ours.has(parseKeys(key)[0].id));
}
