import { constants } from "node:fs";
import { access, chown, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseKeys } from "@/lib/platform/secrets/key-ring";

/** The installation's keys from their file; the key that encrypts is first. */
export async function readKeyFile(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8");
  parseKeys(text);
  return text.split(/[\s,]+/).filter(Boolean);
}

/** Replaces the whole file, with its permissions and owner: a reader sees either the old keys or the new ones. */
export async function writeKeyFile(file: string, keys: readonly string[]): Promise<void> {
  const beside = `${file}.new`;
  await rm(beside, { force: true });
  const { mode, uid, gid } = await stat(file);
  await writeFile(beside, `${keys.join("\n")}\n`, { mode: mode & 0o777, flag: "wx", flush: true });
  if (uid !== process.getuid?.()) await chown(beside, uid, gid); // root may rotate for the console's user
  await rename(beside, file);
}

/** A file mounted into a container cannot be replaced from inside. */
export async function canWriteKeyFile(file: string): Promise<boolean> {
  const tried = [access(file, constants.W_OK), access(dirname(file), constants.W_OK)];
  return (await Promise.allSettled(tried)).every(({ status }) => status === "fulfilled");
}
