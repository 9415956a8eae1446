/** Bytes of an archive, wherever they lie. `end` is the first one that is not read. */
export interface ArchiveBytes {
  readonly size: number;
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** One thing in an archive, as its format tells of it: nothing of it has been looked at. */
export interface ArchiveEntry {
  path: string;
  kind: "file" | "directory" | "symlink" | "hardlink";
  /** Permission bits; undefined where the format or the machine that made it has none. */
  mode: number | undefined;
  /** Where a link leads, as it was written. */
  link: string;
  body: AsyncIterable<Uint8Array>;
}

/** The next one is read when it has resolved. What it leaves of the body is thrown away. */
export type OnEntry = (entry: ArchiveEntry) => Promise<void>;

export const NO_BYTES: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };
