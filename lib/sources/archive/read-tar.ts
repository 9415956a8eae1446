import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { type ArchiveEntry, archiveInvalid, NO_BYTES, type OnEntry } from "./archive";

/** Reads a gzipped tar from start to end. `onInflated` counts every byte, headers and padding included. */
export async function readTar(
  packed: AsyncIterable<Uint8Array>,
  onInflated: (bytes: number) => void,
  onEntry: OnEntry,
): Promise<void> {
  const parser = extract();
  const source = Readable.from(inflate(packed, onInflated));
  let found = 0;
  let sourceFailed = false;
  source.on("error", (error) => {
    sourceFailed = true;
    parser.destroy(error);
  });
  // The streams of tar-stream are not those of Node, but compatible with `pipe`.
  source.pipe(parser as unknown as NodeJS.WritableStream);
  try {
    for await (const entry of parser) {
      found += 1;
      await onEntry({ ...entryOf(entry.header), body: entry as AsyncIterable<Uint8Array> });
      entry.resume();
    }
  } catch (error) {
    // The gzipped content is not a tar.
    throw found === 0 && !sourceFailed ? archiveInvalid("format", { cause: error }) : error;
  } finally {
    source.destroy();
  }
}

async function* inflate(packed: AsyncIterable<Uint8Array>, onInflated: (bytes: number) => void) {
  const gunzip = createGunzip();
  // An error of the pipeline makes the loop below fail.
  pipeline(Readable.from(packed), gunzip, () => {});
  for await (const chunk of gunzip as AsyncIterable<Buffer>) {
    onInflated(chunk.length);
    yield chunk;
  }
}

const KINDS: Partial<Record<string, ArchiveEntry["kind"]>> = {
  file: "file",
  "contiguous-file": "file",
  directory: "directory",
  symlink: "symlink",
  link: "hardlink",
};
const SPECIAL = new Set(["block-device", "character-device", "fifo"]);

/**
 * The keywords of a pax header that are either read (path, linkpath, size) or do not matter for a deployment: times,
 * owners, labels. Any other keyword (GNU.sparse above all) could mean a file with other bytes.
 */
const PAX_KEYWORDS =
  /^(path|linkpath|size|[amc]time|[ug]id|[ug]name|comment|charset|hdrcharset|SCHILY\.(dev|ino|nlink|fflags|acl\..*|xattr\..*)|LIBARCHIVE\.(creationtime|xattr\..*)|RHT\.security\.selinux)$/;

function entryOf({ name, type, mode, linkname, pax }: Header): ArchiveEntry {
  const kind = KINDS[type];
  if (!kind) throw archiveInvalid(SPECIAL.has(type) ? "special" : "unsupported", { entry: name });
  const unknown = Object.keys(pax ?? {}).find((keyword) => !PAX_KEYWORDS.test(keyword));
  if (unknown !== undefined) throw archiveInvalid("unsupported", { entry: name, cause: new Error(unknown) });
  return { path: name, kind, mode, link: linkname ?? "", body: NO_BYTES };
}
