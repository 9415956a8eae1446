import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Pack, pack } from "tar-stream";
import { Tally } from "./copy-table";
import { entryOfTable, MANIFEST, type Manifest, SEALED } from "./manifest";
import { fileOfTable } from "./snapshot";

/** Packs a snapshot's files as one .tar.gz, the manifest first; answers its size and SHA-256. */
export async function packArchive(
  file: string,
  {
    manifest,
    folder,
    sealed,
    signal,
  }: { manifest: Manifest; folder: string; sealed: Buffer | null; signal?: AbortSignal },
): Promise<{ bytes: number; sha256: string }> {
  const tar = pack();
  const tally = new Tally();
  const packed = pipeline(tar as AsyncIterable<Buffer>, createGzip(), tally, createWriteStream(file, { mode: 0o600 }), {
    signal,
  });
  const mtime = new Date(manifest.createdAt);
  const fill = async () => {
    tar.entry({ name: MANIFEST, mode: 0o600, mtime }, JSON.stringify(manifest, null, 2));
    if (sealed) tar.entry({ name: SEALED, mode: 0o600, mtime }, sealed);
    for (const { name, bytes } of manifest.tables) {
      await addFile(tar, { name: entryOfTable(name), size: bytes, mode: 0o600, mtime }, fileOfTable(folder, name));
    }
    tar.finalize();
  };
  await Promise.all([packed, fill()]);
  return tally.result();
}

async function addFile(tar: Pack, header: Parameters<Pack["entry"]>[0], path: string): Promise<void> {
  const entry = tar.entry(header);
  // Its streams are not Node's own, but close enough to be written to.
  await pipeline(createReadStream(path), entry as unknown as NodeJS.WritableStream);
}
