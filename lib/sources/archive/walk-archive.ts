import { Problem } from "@/lib/contracts/problem";
import type { ArchiveKind, ArchiveSummary } from "@/lib/contracts/upload";
import {
  type ArchiveBytes,
  type ArchiveEntry,
  type ArchiveLimits,
  archiveInvalid,
  archiveLimits,
  unpackedTooLarge,
} from "./archive";
import { ArchiveTree, cleanPath } from "./archive-tree";
import { readTar } from "./read-tar";
import { readZip } from "./read-zip";

/** Receives the entries of an archive, each after its check. Paths are clean and relative. */
export interface ArchiveSink {
  directory(path: string, mode: number | undefined): Promise<void>;
  file(path: string, mode: number | undefined, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** A second name of a file that came earlier. */
  hardlink(path: string, to: string): Promise<void>;
  /** A link may lead anywhere. All links come after everything else, so that nothing is written through one. */
  symlink(path: string, text: string): Promise<void>;
}

/** The headers of one entry of a tar: its own, those of a long name, and the padding of the last block. */
const HEADERS_BYTES = 2_560;

interface WalkOptions {
  limits: ArchiveLimits;
  sink: ArchiveSink;
  signal?: AbortSignal;
}

/** Reads the whole archive and writes nothing. Throws `archive-invalid`. */
export function checkArchive(bytes: ArchiveBytes, limits: ArchiveLimits = archiveLimits()): Promise<ArchiveSummary> {
  return walkArchive(bytes, { limits, sink: NOWHERE });
}

const NOWHERE: ArchiveSink = {
  directory: async () => {},
  file: (_path, _mode, body) => drain(body),
  hardlink: async () => {},
  symlink: async () => {},
};

/**
 * Checking and unpacking an archive share this walk, so a worker that unpacks repeats every check of the upload. Throws
 * `archive-invalid` with the reason and the entry. Errors of the sink and of the reader of the bytes pass unchanged.
 */
export function walkArchive(bytes: ArchiveBytes, options: WalkOptions): Promise<ArchiveSummary> {
  return new Walk(bytes, options).run();
}

class Walk {
  readonly #bytes: ArchiveBytes;
  readonly #options: WalkOptions;
  readonly #tree: ArchiveTree;
  readonly #links: { path: string; text: string }[] = [];
  /** Errors that the archive did not cause. */
  readonly #others = new Set<unknown>();

  constructor(bytes: ArchiveBytes, options: WalkOptions) {
    this.#bytes = { size: bytes.size, read: (start, end) => this.#watched(bytes.read(start, end)) };
    this.#options = options;
    this.#tree = new ArchiveTree(options.limits);
  }

  async run(): Promise<ArchiveSummary> {
    try {
      const kind = await this.#sniff();
      const visit = (entry: ArchiveEntry) => this.#visit(entry);
      if (kind === "zip") await readZip(this.#bytes, visit);
      else await readTar(this.#bytes.read(0, this.#bytes.size), this.#withHeaders(), visit);
      const summary = this.#tree.finish(kind);
      for (const { path, text } of this.#links) await this.#options.sink.symlink(path, text);
      return summary;
    } catch (error) {
      throw this.#named(error);
    }
  }

  /** By the first bytes: the name of the file proves nothing. */
  async #sniff(): Promise<ArchiveKind> {
    const start: Uint8Array[] = [];
    for await (const part of this.#bytes.read(0, Math.min(4, this.#bytes.size))) start.push(part);
    const magic = Buffer.concat(start).toString("latin1");
    if (magic.startsWith("\x1f\x8b")) return "tar.gz";
    // The header of an entry, or the end of a zip without entries.
    if (magic === "PK\x03\x04" || magic === "PK\x05\x06") return "zip";
    throw archiveInvalid("format");
  }

  /** In a tar the headers count too: endless headers would write no file, but the walk would never end. */
  #withHeaders(): (bytes: number) => void {
    const { limits } = this.#options;
    let left = limits.unpackedBytes + limits.entries * HEADERS_BYTES;
    return (bytes) => {
      left -= bytes;
      if (left < 0) throw unpackedTooLarge(limits);
    };
  }

  async #visit(entry: ArchiveEntry): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const path = this.#tree.add(entry);
    const body = this.#counted(path ?? "", entry.body);
    // An entry that is left out is read as well: it might be endless.
    if (path === null) return drain(body);
    try {
      await this.#put(path, entry, body);
    } catch (error) {
      this.#others.add(error);
      throw error;
    }
  }

  async #put(path: string, { kind, mode, link }: ArchiveEntry, body: AsyncIterable<Uint8Array>): Promise<void> {
    const { sink } = this.#options;
    if (kind === "directory") await sink.directory(path, mode);
    else if (kind === "symlink") this.#links.push({ path, text: link });
    else if (kind === "hardlink") await sink.hardlink(path, cleanPath(link));
    else await sink.file(path, mode, body);
  }

  async *#counted(path: string, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    try {
      for await (const chunk of body) {
        this.#options.signal?.throwIfAborted();
        this.#tree.count(path, chunk.length);
        yield chunk;
      }
    } catch (error) {
      throw this.#named(error);
    }
  }

  async *#watched(read: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    try {
      yield* read;
    } catch (error) {
      this.#others.add(error);
      throw error;
    }
  }

  #named(error: unknown): unknown {
    const { signal } = this.#options;
    if (signal?.aborted) return signal.reason;
    return error instanceof Problem || this.#others.has(error) ? error : archiveInvalid("damaged", { cause: error });
  }
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of body);
}
