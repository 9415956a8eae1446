import { createWriteStream } from "node:fs";
import { chmod, link, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ArchiveSummary } from "@/lib/contracts/upload";
import { type ArchiveBytes, type ArchiveLimits, archiveLimits } from "./archive";
import { type ArchiveSink, walkArchive } from "./walk-archive";

/** For entries without a mode: what an umask of 022 leaves. */
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;
/** The user that unpacked must be able to read and remove the files. */
const OWNER_READS = 0o600;
const OWNER_ENTERS = 0o700;
const PERMISSIONS = 0o777;

interface UnpackOptions {
  limits?: ArchiveLimits;
  signal?: AbortSignal;
}

/**
 * Writes an archive into an empty folder that no other process uses. On an error the folder stays partly filled, and the
 * caller removes it.
 */
export function unpackArchive(
  bytes: ArchiveBytes,
  folder: string,
  { limits = archiveLimits(), signal }: UnpackOptions = {},
): Promise<ArchiveSummary> {
  return new Unpacking(folder).run(bytes, limits, signal);
}

class Unpacking implements ArchiveSink {
  readonly #folder: string;
  readonly #created = new Set<string>();
  readonly #modes: { path: string; mode: number }[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  async run(bytes: ArchiveBytes, limits: ArchiveLimits, signal: AbortSignal | undefined): Promise<ArchiveSummary> {
    const summary = await walkArchive(bytes, { limits, sink: this, signal });
    // Last, and the deepest first: a read-only folder could not be filled.
    for (const { path, mode } of this.#modes.toReversed()) await chmod(path, mode);
    return summary;
  }

  async directory(path: string, mode = DIRECTORY_MODE): Promise<void> {
    const full = join(this.#folder, path);
    await this.#createDirectory(full);
    this.#modes.push({ path: full, mode: (mode & PERMISSIONS) | OWNER_ENTERS });
  }

  async file(path: string, mode = FILE_MODE, body: AsyncIterable<Uint8Array>): Promise<void> {
    const full = await this.#placeFor(path);
    // `wx`: no file of this name can exist; if one does, it is not overwritten.
    await pipeline(Readable.from(body), createWriteStream(full, { flags: "wx", mode: OWNER_READS }));
    await chmod(full, (mode & PERMISSIONS) | OWNER_READS);
  }

  async hardlink(path: string, to: string): Promise<void> {
    await link(join(this.#folder, to), await this.#placeFor(path));
  }

  async symlink(path: string, text: string): Promise<void> {
    await symlink(text, await this.#placeFor(path));
  }

  async #placeFor(path: string): Promise<string> {
    const full = join(this.#folder, path);
    await this.#createDirectory(dirname(full));
    return full;
  }

  async #createDirectory(full: string): Promise<void> {
    if (this.#created.has(full)) return;
    await mkdir(full, { recursive: true, mode: DIRECTORY_MODE });
    this.#created.add(full);
  }
}
