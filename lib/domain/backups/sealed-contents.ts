import { lstat, readFile } from "node:fs/promises";
import { basename } from "node:path";
import * as z from "zod";
import { env } from "@/lib/platform/env";
import { keyRing } from "@/lib/platform/secrets/key-ring";
import { lockAway, type Passphrased, unlock } from "./passphrase";
import { type CheckedArchive, damaged } from "./read-archive";

/** Settings, not data. */
const FILE_LIMIT_BYTES = 1_000_000;

/** What only the passphrase opens. */
export const SealedContents = z.object({
  /** Hexadecimal, the one that seals first. */
  keys: z.array(z.string()),
  files: z.array(z.object({ path: z.string(), content: z.string().describe("Base64") })),
});
export type SealedContents = z.infer<typeof SealedContents>;

export interface Sealing {
  sealed: { bytes: Buffer; lock: Passphrased } | null;
  key: "sealed" | "left-out";
  files: string[];
  filesLeftOut: string[];
}

/** Seals this installation's keys and files; without a passphrase all of it is left out, which the answer says. */
export async function sealContents(): Promise<Sealing> {
  const { BACKUP_PASSPHRASE: passphrase, BACKUP_FILES: wanted } = env;
  if (passphrase === undefined) return { sealed: null, key: "left-out", files: [], filesLeftOut: wanted.map(nameOf) };
  const found = await Promise.all(wanted.map(async (path) => ({ path, content: await contentOf(path) })));
  const files = found.flatMap(({ path, content }) => (content === null ? [] : [{ path, content }]));
  const contents: SealedContents = { keys: keyRing().map(({ bytes }) => bytes.toString("hex")), files };
  return {
    sealed: await lockAway(Buffer.from(JSON.stringify(contents)), passphrase.reveal()),
    key: "sealed",
    files: files.map(({ path }) => nameOf(path)),
    filesLeftOut: found.filter(({ content }) => content === null).map(({ path }) => nameOf(path)),
  };
}

/** Null when the archive has none. Throws `backup-passphrase-wrong` when ours does not open it or there is none. */
export async function openContents(
  archive: CheckedArchive,
  passphrase: string | undefined,
): Promise<SealedContents | null> {
  const { manifest, sealed } = archive;
  if (manifest.sealed === null || sealed === null) return null;
  const plain = await unlock(sealed, manifest.sealed.lock, passphrase ?? "");
  const contents = SealedContents.safeParse(JSON.parse(plain.toString("utf8")));
  if (!contents.success) throw damaged("what is sealed in it is not what it should be", contents.error);
  return contents.data;
}

/** Paths are nobody's business who may only read the list. */
function nameOf(path: string): string {
  return basename(path);
}

/** Null when there is no such file, or it is not one of settings: the backup is made without it and says so. */
async function contentOf(path: string): Promise<string | null> {
  const found = await lstat(path).catch(() => null);
  if (!found?.isFile() || found.size > FILE_LIMIT_BYTES) return null;
  return readFile(path, "base64").catch(() => null);
}
