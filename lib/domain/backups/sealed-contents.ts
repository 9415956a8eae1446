import { lstat, readFile } from "node:fs/promises";
import { basename } from "node:path";
import * as z from "zod";
import { env } from "@/lib/platform/env";
import { keyRing } from "@/lib/platform/secrets/key-ring";
import { lockAway, type Passphrased, unlock } from "./passphrase";
import { type CheckedArchive, damaged } from "./read-archive";

/** Enough for settings; data is not included. */
const FILE_LIMIT_BYTES = 1_000_000;

/** Encrypted under the passphrase. */
export const SealedContents = z.object({
  /** Hexadecimal; the key that encrypts is first. */
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

/** Encrypts this installation's keys and files. Without a passphrase all of them are left out, as the result states. */
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

/** Null when the archive has none. Throws `backup-passphrase-wrong` for a wrong or missing passphrase. */
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

/** People who may only read the list do not see paths. */
function nameOf(path: string): string {
  return basename(path);
}

/** Null when the file does not exist or is not a settings file: the backup reports it as left out. */
async function contentOf(path: string): Promise<string | null> {
  const found = await lstat(path).catch(() => null);
  if (!found?.isFile() || found.size > FILE_LIMIT_BYTES) return null;
  return readFile(path, "base64").catch(() => null);
}
