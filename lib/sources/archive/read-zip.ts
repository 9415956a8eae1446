import { constants } from "node:fs";
import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import {
  type Entry,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  RandomAccessReader,
  type ZipFile,
} from "yauzl";
import { type ArchiveBytes, type ArchiveEntry, archiveInvalid, NO_BYTES, type OnEntry } from "./archive";

/** Reads a zip in the order of its central directory. The local headers are not trusted. */
export async function readZip(bytes: ArchiveBytes, onEntry: OnEntry): Promise<void> {
  // Names are decoded here: the library fails on an invalid name without saying which.
  const options = { autoClose: false, decodeStrings: false };
  const zip = await fromRandomAccessReaderPromise(new BytesReader(bytes), bytes.size, options);
  try {
    for await (const entry of zip.eachEntry()) await onEntry(await entryOf(zip, entry));
  } finally {
    zip.close();
  }
}

class BytesReader extends RandomAccessReader {
  readonly #bytes: ArchiveBytes;

  constructor(bytes: ArchiveBytes) {
    super();
    this.#bytes = bytes;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#bytes.read(start, end), { objectMode: false });
  }
}

/** General purpose bits: patched data, and an encrypted directory. The library refuses strong encryption itself. */
const PATCHED = 1 << 5;
const DIRECTORY_ENCRYPTED = 1 << 13;

async function entryOf(zip: ZipFile, entry: Entry): Promise<ArchiveEntry> {
  const path = nameOf(entry);
  const { generalPurposeBitFlag: bits, uncompressedSize } = entry;
  if (entry.isEncrypted() || bits & DIRECTORY_ENCRYPTED) throw archiveInvalid("encrypted", { entry: path });
  if (!entry.canDecodeFileData() || bits & PATCHED) throw archiveInvalid("unsupported", { entry: path });
  const unixMode = entry.externalFileAttributes >>> 16;
  const kind = kindOf(path, entry);
  if (kind === null) throw archiveInvalid("special", { entry: path });
  if (kind === "directory" && uncompressedSize > 0) throw archiveInvalid("unsupported", { entry: path });
  const described = { path, kind, mode: unixMode === 0 ? undefined : unixMode, link: "", body: NO_BYTES };
  if (kind === "directory") return described;
  const body = contentOf(zip, entry, path);
  return kind === "symlink" ? { ...described, link: await linkTextOf(body, path) } : { ...described, body };
}

const KINDS = new Map<number, ArchiveEntry["kind"]>([
  [constants.S_IFDIR, "directory"],
  [constants.S_IFREG, "file"],
  [constants.S_IFLNK, "symlink"],
]);

const DOS_DIRECTORY = 0x10;

/** Null for any other type. Archives from Windows have no mode: a folder is recognised by its slash or its attribute. */
function kindOf(path: string, { externalFileAttributes, uncompressedSize }: Entry): ArchiveEntry["kind"] | null {
  const type = (externalFileAttributes >>> 16) & constants.S_IFMT;
  if (type !== 0) return KINDS.get(type) ?? null;
  const isDosFolder = (externalFileAttributes & DOS_DIRECTORY) !== 0 && uncompressedSize === 0;
  return path.endsWith("/") || isDosFolder ? "directory" : "file";
}

const UNICODE_PATH = 0x7075;

/**
 * The Finder of macOS writes UTF-8 without setting the flag, and bytes that are valid UTF-8 are hardly ever meant as
 * another encoding. Old Windows tools write backslashes. On Linux, whose entries have modes, a name may have any bytes: a
 * backslash is a part of the name, and a name that is not UTF-8 keeps the U+FFFD that cleanPath refuses.
 */
function nameOf(entry: Entry): string {
  const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
  const text = fileNameRaw.toString("utf8");
  const isUtf8 = Buffer.from(text, "utf8").equals(fileNameRaw);
  const isFromUnix = entry.versionMadeBy >>> 8 === 3 && entry.externalFileAttributes >>> 16 !== 0;
  if (isFromUnix && (isUtf8 || !extraFields.some(({ id }) => id === UNICODE_PATH))) return text;
  const name = isUtf8 ? text : getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
  return isFromUnix ? name : name.replaceAll("\\", "/");
}

/** The library checks the size but not the checksum. */
async function* contentOf(zip: ZipFile, entry: Entry, path: string): AsyncIterable<Uint8Array> {
  let sum = 0;
  for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== entry.crc32) throw archiveInvalid("damaged", { cause: new Error(`checksum failure: ${path}`) });
}

const LONGEST_LINK_BYTES = 4_096;

async function linkTextOf(body: AsyncIterable<Uint8Array>, path: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > LONGEST_LINK_BYTES) throw archiveInvalid("link", { entry: path });
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
