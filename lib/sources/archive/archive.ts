import { Problem } from "@/lib/contracts/problem";
import { env } from "@/lib/platform/env";

/** What all archive readers share: the archive's bytes, its entries, its limits, and the reasons to refuse it. */

/** The bytes of an archive, independent of their storage. `end` is exclusive. */
export interface ArchiveBytes {
  readonly size: number;
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** An entry as the archive's format describes it. Nothing of it has been checked. */
export interface ArchiveEntry {
  path: string;
  kind: "file" | "directory" | "symlink" | "hardlink";
  /** Permission bits; undefined where the format or the machine that wrote the archive has none. */
  mode: number | undefined;
  /** The target of a link, as written in the archive. */
  link: string;
  body: AsyncIterable<Uint8Array>;
}

/** The reader continues with the next entry when this resolves, and discards what is left of the body. */
export type OnEntry = (entry: ArchiveEntry) => Promise<void>;

export const NO_BYTES: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };

/** What one archive may contain. A reader stops at the limit: nothing beyond it is kept in memory or written. */
export interface ArchiveLimits {
  /** Files, folders and links together. */
  entries: number;
  unpackedBytes: number;
}

/** Decimal, as people, disks and networks count. */
export const MEGABYTE = 1_000_000;
const MOST_ENTRIES = 100_000;
/** Source code compresses to a quarter and text to a tenth. An archive that compresses better is meant to fill a disk. */
const UNPACKED_FACTOR = 10;

export function archiveLimits(): ArchiveLimits {
  return { entries: MOST_ENTRIES, unpackedBytes: uploadLimitBytes() * UNPACKED_FACTOR };
}

export function uploadLimitBytes(): number {
  return env.UPLOAD_LIMIT_MB * MEGABYTE;
}

/** Why an archive is refused. The message `archive-invalid` has a sentence for each. */
type Reason =
  | "format"
  | "damaged"
  | "empty"
  | "outside"
  | "link"
  | "special"
  | "duplicate"
  | "name"
  | "encrypted"
  | "unsupported"
  | "count"
  | "size";

interface Particulars {
  /** The name of the invalid entry, as written in the archive. */
  entry?: string;
  limit?: number;
  cause?: unknown;
}

const SHOWN_CHARACTERS = 200;

export function archiveInvalid(reason: Reason, { entry = "", limit = 0, cause }: Particulars = {}): Problem {
  const params = { reason, entry: shown(entry), limit };
  const fields = [{ path: ["file"], code: "archive-invalid", message: "archive-invalid" }];
  const detail = cause instanceof Error ? shown(cause.message) : undefined;
  return new Problem("archive-invalid", { params, fields, detail, cause });
}

/** Found while unpacking: the sizes that an archive states are not trusted. */
export function unpackedTooLarge({ unpackedBytes }: ArchiveLimits): Problem {
  return archiveInvalid("size", { limit: Math.floor(unpackedBytes / MEGABYTE) });
}

/** The text is stored and shown: it is cut, and has no character that a database refuses. */
function shown(text: string): string {
  const clean = text.toWellFormed().replaceAll(/\p{Cc}/gu, "\ufffd");
  return clean.length > SHOWN_CHARACTERS ? `${clean.slice(0, SHOWN_CHARACTERS)}…` : clean;
}
