import type { ArchiveKind, ArchiveSummary } from "@/lib/contracts/upload";
import { type ArchiveEntry, type ArchiveLimits, archiveInvalid, unpackedTooLarge } from "./archive";

/** Enough names for a person to recognise the archive. */
const SHOWN_ENTRIES = 20;
/** Files that macOS adds to every archive and that are not deployed. */
const MAC_METADATA = /(^|\/)(__MACOSX|\.DS_Store|\._[^/]*)(\/|$)/;
/** Linux's limit for the text of a link. */
const LONGEST_LINK_BYTES = 4_095;
/** Linux's limit for one name. A whole path must leave room for the folder that it is unpacked to. */
const LONGEST_NAME_BYTES = 255;
const LONGEST_PATH_BYTES = 1_024;
const WINDOWS_DRIVE = /^[A-Za-z]:[\\/]/;

type Node = "file" | "directory" | "symlink";

/**
 * The entries of an archive so far. Refuses an entry that cannot be unpacked inside a folder of its own. Touches no disk.
 * The targets of symbolic links are checked later, as for a folder: the check depends on what the files are used for
 * (hosts/scan-tree.ts).
 */
export class ArchiveTree {
  readonly #limits: ArchiveLimits;
  readonly #nodes = new Map<string, Node>();
  readonly #leftOut = new Set<string>();
  readonly #sizes = new Map<string, number>();
  #files = 0;
  #bytes = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** The path of the entry relative to the folder; null when it is left out. Throws `archive-invalid`. */
  add({ path, kind, link }: Pick<ArchiveEntry, "path" | "kind" | "link">): string | null {
    const clean = cleanPath(path);
    if (clean === "" || this.#leavesOut(clean, kind)) return null;
    this.#addParents(clean, path);
    const before = this.#nodes.get(clean);
    if (before && (before !== "directory" || kind !== "directory")) throw archiveInvalid("duplicate", { entry: path });
    if (kind === "symlink" && !isLinkText(link)) throw archiveInvalid("link", { entry: path });
    if (!before) this.#put(clean, kind === "hardlink" ? "file" : kind);
    if (kind === "hardlink") this.count(clean, this.#sizeOf(cleanPath(link), path));
    if (kind !== "directory") this.#files += 1;
    return clean;
  }

  /** Called while the bytes of a file are inflated, so that an endless file is refused early. */
  count(path: string, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.unpackedBytes) throw unpackedTooLarge(this.#limits);
    this.#sizes.set(path, (this.#sizes.get(path) ?? 0) + bytes);
  }

  /** Throws when no file was found. Only at the end is it known whether one folder contains everything. */
  finish(kind: ArchiveKind): ArchiveSummary {
    if (this.#files === 0) throw archiveInvalid("empty");
    const folder = this.#onlyFolder();
    const names = [...this.#leftOut].slice(0, SHOWN_ENTRIES);
    return {
      kind,
      files: this.#files,
      unpackedBytes: this.#bytes,
      folder,
      entries: this.#shown(folder),
      leftOut: { count: this.#leftOut.size, names },
    };
  }

  /** A folder is listed once, with a slash, and stands for everything in it. */
  #leavesOut(clean: string, kind: ArchiveEntry["kind"]): boolean {
    const found = MAC_METADATA.exec(kind === "directory" ? `${clean}/` : clean);
    if (!found) return false;
    const end = found.index + found[0].length;
    this.#leftOut.add(found.input.slice(0, end));
    if (this.#leftOut.size > this.#limits.entries) throw archiveInvalid("count", { limit: this.#limits.entries });
    return true;
  }

  #addParents(clean: string, path: string): void {
    for (let slash = clean.indexOf("/"); slash > 0; slash = clean.indexOf("/", slash + 1)) {
      const parent = clean.slice(0, slash);
      const node = this.#nodes.get(parent);
      if (!node) this.#put(parent, "directory");
      // Below a link, the entry would be written to the target of the link.
      else if (node !== "directory") throw archiveInvalid("duplicate", { entry: path });
    }
  }

  #put(path: string, node: Node): void {
    this.#nodes.set(path, node);
    if (this.#nodes.size > this.#limits.entries) throw archiveInvalid("count", { limit: this.#limits.entries });
  }

  /** The size of a file that came earlier. Its second name is transferred like a file of its own. */
  #sizeOf(target: string, path: string): number {
    if (target === cleanPath(path) || this.#nodes.get(target) !== "file") throw archiveInvalid("link", { entry: path });
    return this.#sizes.get(target) ?? 0;
  }

  /** People often pack the folder of their project instead of its content. */
  #onlyFolder(): string | null {
    const [top, second] = this.#topLevel("");
    return top !== undefined && second === undefined && this.#nodes.get(top) === "directory" ? top : null;
  }

  #shown(folder: string | null): string[] {
    const prefix = folder === null ? "" : `${folder}/`;
    const names = this.#topLevel(prefix).toSorted();
    return names
      .slice(0, SHOWN_ENTRIES)
      .map((name) => (this.#nodes.get(prefix + name) === "directory" ? `${name}/` : name));
  }

  #topLevel(prefix: string): string[] {
    return [...this.#nodes.keys()]
      .filter((path) => path.startsWith(prefix) && !path.includes("/", prefix.length))
      .map((path) => path.slice(prefix.length));
  }
}

/** Bytes that are not UTF-8 were decoded to U+FFFD: the link would have another target. */
function isLinkText(text: string): boolean {
  return text !== "" && !/[\0\ufffd]/.test(text) && Buffer.byteLength(text) <= LONGEST_LINK_BYTES;
}

/** An entry's path without `.` and doubled slashes; empty for the root itself. Throws `archive-invalid` for a path that leads out. */
export function cleanPath(path: string): string {
  if (path.startsWith("/") || WINDOWS_DRIVE.test(path)) throw archiveInvalid("outside", { entry: path });
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw archiveInvalid("outside", { entry: path });
  const clean = parts.join("/");
  if (!isPathText(clean, parts)) throw archiveInvalid("name", { entry: path });
  return clean;
}

/** Bytes that are not UTF-8 were decoded to U+FFFD: the file would get another name. */
function isPathText(path: string, parts: readonly string[]): boolean {
  if (path.includes("\0") || path.includes("\ufffd") || Buffer.byteLength(path) > LONGEST_PATH_BYTES) return false;
  return parts.every((part) => Buffer.byteLength(part) <= LONGEST_NAME_BYTES);
}
