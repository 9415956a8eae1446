import { writeFile } from "node:fs/promises";
import { Problem } from "@/lib/contracts/problem";
import { canWriteKeyFile, readKeyFile, writeKeyFile } from "@/lib/domain/rotation/key-file";
import { secretKeyFile } from "@/lib/platform/env";
import { keyRing, parseKeys } from "@/lib/platform/secrets/key-ring";
import type { Manifest } from "./manifest";
import type { SealedContents } from "./sealed-contents";

/** The archive's keys that this installation does not have. */
export function missingKeys(contents: SealedContents | null): string[] {
  const ours = new Set(keyRing().map(({ id }) => id));
  return (contents?.keys ?? []).filter((key) => !ours.has(parseKeys(key)[0].id));
}

/**
 * Adds keys behind those that are there: they open what was restored, and what seals stays as it was. Answers how to
 * take it back. Where the keys do not stand in a file that can be written, throws `restore-refused` and says what to set;
 * the keys then wait in `beside`, a file only its owner may read.
 */
export async function addKeys(keys: readonly string[], beside: string): Promise<() => Promise<void>> {
  if (keys.length === 0) return async () => undefined;
  const file = secretKeyFile();
  if (file !== undefined && (await canWriteKeyFile(file))) {
    const present = await readKeyFile(file);
    await writeKeyFile(file, [...present, ...keys]);
    return () => writeKeyFile(file, present);
  }
  await writeFile(beside, `${keys.join("\n")}\n`, { mode: 0o600 });
  throw new Problem("restore-refused", {
    detail: `The backup's secrets are sealed with another key, and this installation's cannot be changed from here. It is in ${beside}: put what that file holds behind ${file ?? "LANDFALL_SECRET_KEY"}, with a comma or a line between them, then restore again. Nothing was changed.`,
  });
}

/** Can everything that was sealed when the archive was made be opened without what is in it? */
export function knowsEveryKey({ keyFingerprints }: Manifest): boolean {
  const ours = new Set(keyRing().map(({ id }) => id));
  return keyFingerprints.every((id) => ours.has(id));
}

/** An archive without its keys needs one of ours. Throws `backup-key-wrong` when there is none. */
export function refuseUnknownKeys({ keyFingerprints, sealed }: Manifest): void {
  const ours = keyRing().map(({ id }) => id);
  if (sealed !== null || keyFingerprints.some((id) => ours.includes(id))) return;
  throw new Problem("backup-key-wrong", {
    detail: `It was made with the secret key ${keyFingerprints.join(", ")}, which is not in it, and this installation has ${ours.join(", ")}: put the key that was kept elsewhere behind this installation's, with a comma or a line between them, then restore again.`,
  });
}
