import { constants } from "node:fs";
import { access, chown, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseKeys } from "@/lib/platform/secrets/key-ring";

/** The installation's keys as they stand in their file, the one that seals first. */
export async function readKeyFile(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8");
  parseKeys(text);
  return text.split(/[\s,]+/).filter(Boolean);
}

/** Replaces the file as a whole, with the rights and the owner's it had: a reader finds the old keys or the new ones. */
export async function writeKeyFile(file: string, keys: readonly string[]): Promise<void> {
  const beside = `${file}.new`;
  await rm(beside, { force: true });
  const { mode, uid, gid } = await stat(file);
  await writeFile(beside, `${keys.join("\n")}\n`, { mode: mode & 0o777, flag: "wx", flush: true });
  if (uid !== process.getuid?.()) await chown(beside, uid, gid); // root rotates for whoever runs the console
  await rename(beside, file);
}

/** A file of a container that was given from outside cannot be replaced from inside. */
export async function canWriteKeyFile(file: string): Promise<boolean> {
  const tried = [access(file, constants.W_OK), access(dirname(file), constants.W_OK)];
  return (await Promise.allSettled(tried)).every(({ status }) => status === "fulfilled");
}
