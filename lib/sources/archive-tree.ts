import type { ArchiveKind, ArchiveSummary } from "@/lib/contracts/upload";
import type { ArchiveEntry } from "./archive-entry";
import type { ArchiveLimits } from "./archive-limits";
import { archiveInvalid, unpackedTooLarge } from "./archive-problem";
import { cleanPath } from "./clean-path";

/** What is shown of an archive, so that a person sees whether it is the right one. */
const SHOWN_ENTRIES = 20;
/** What macOS adds to every archive and nobody means to deploy. */
const MAC_METADATA = /(^|\/)(__MACOSX|\.DS_Store|\._[^/]*)(\/|$)/;

/** What Linux takes as the text of a link. */
const LONGEST_LINK_BYTES = 4_095;

type Node = "file" | "directory" | "symlink";

/**
 * Knows what has been in an archive so far, and refuses what cannot become a folder of its own. Touches no disk. Where
 * symbolic links lead is not asked here: as with a folder, that depends on what the files are for (hosts/scan-tree.ts).
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

  /** Where the entry goes, relative to the folder; null for what is left out. Throws `archive-invalid`. */
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

  /** Called as a file's bytes are inflated, so that an archive that never ends is found out soon. */
  count(path: string, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.unpackedBytes) throw unpackedTooLarge(this.#limits);
    this.#sizes.set(path, (this.#sizes.get(path) ?? 0) + bytes);
  }

  /** What can only be said at the end: whether there is anything, and whether one folder holds everything. */
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

  /** A folder is told once, with a slash, and stands for all that is in it. */
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
      // Under a link it would be written wherever the link leads.
      else if (node !== "directory") throw archiveInvalid("duplicate", { entry: path });
    }
  }

  #put(path: string, node: Node): void {
    this.#nodes.set(path, node);
    if (this.#nodes.size > this.#limits.entries) throw archiveInvalid("count", { limit: this.#limits.entries });
  }

  /** Of a file that has come before; its second name will be sent like a file of its own. */
  #sizeOf(target: string, path: string): number {
    if (target === cleanPath(path) || this.#nodes.get(target) !== "file") throw archiveInvalid("link", { entry: path });
    return this.#sizes.get(target) ?? 0;
  }

  /** People pack their project's folder rather than what is in it. */
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

/** Bytes that were not UTF-8 have become U+FFFD: the link would lead elsewhere. */
function isLinkText(text: string): boolean {
  return text !== "" && !/[\0\ufffd]/.test(text) && Buffer.byteLength(text) <= LONGEST_LINK_BYTES;
}
