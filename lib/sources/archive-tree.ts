import type { ArchiveKind, ArchiveSummary } from "@/lib/contracts/upload";
import type { ArchiveEntry } from "./archive-entry";
import type { ArchiveLimits } from "./archive-limits";
import { archiveInvalid, unpackedTooLarge } from "./archive-problem";
import { cleanPath } from "./clean-path";
import { type LinkTree, staysInside } from "./stays-inside";

/** What is shown of an archive, so that a person sees whether it is the right one. */
const SHOWN_ENTRIES = 20;
/** What macOS adds to every archive and nobody means to deploy. */
const MAC_METADATA = /(^|\/)(__MACOSX|\.DS_Store|\._[^/]*)(\/|$)/;

/** Knows what has been in an archive so far, and refuses what cannot become a folder of its own. Touches no disk. */
export class ArchiveTree {
  readonly #limits: ArchiveLimits;
  readonly #nodes: LinkTree = new Map();
  readonly #sizes = new Map<string, number>();
  #files = 0;
  #bytes = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** Where the entry goes, relative to the folder; null for what is left out. Throws `archive-invalid`. */
  add({ path, kind, link }: Pick<ArchiveEntry, "path" | "kind" | "link">): string | null {
    const clean = cleanPath(path);
    if (clean === "" || MAC_METADATA.test(clean)) return null;
    this.#addParents(clean, path);
    const before = this.#nodes.get(clean);
    if (before && (before.kind !== "directory" || kind !== "directory"))
      throw archiveInvalid("duplicate", { entry: path });
    if (!before) this.#put(clean, { kind: kind === "hardlink" ? "file" : kind, link });
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

  /** What can only be said at the end: where links lead, and whether one folder holds everything. */
  finish(kind: ArchiveKind): ArchiveSummary {
    if (this.#files === 0) throw archiveInvalid("empty");
    const folder = this.#onlyFolder();
    for (const [path, node] of this.#nodes)
      if (node.kind === "symlink" && !staysInside(this.#nodes, path, folder ?? ""))
        throw archiveInvalid("link", { entry: path });
    return { kind, files: this.#files, unpackedBytes: this.#bytes, folder, entries: this.#shown(folder) };
  }

  #addParents(clean: string, path: string): void {
    for (let slash = clean.indexOf("/"); slash > 0; slash = clean.indexOf("/", slash + 1)) {
      const parent = clean.slice(0, slash);
      const node = this.#nodes.get(parent);
      if (!node) this.#put(parent, { kind: "directory", link: "" });
      // Under a link it would be written wherever the link leads.
      else if (node.kind !== "directory") throw archiveInvalid("duplicate", { entry: path });
    }
  }

  #put(path: string, node: { kind: "file" | "directory" | "symlink"; link: string }): void {
    this.#nodes.set(path, node);
    if (this.#nodes.size > this.#limits.entries) throw archiveInvalid("count", { limit: this.#limits.entries });
  }

  /** Of a file that has come before; its second name will be sent like a file of its own. */
  #sizeOf(target: string, path: string): number {
    if (target === cleanPath(path) || this.#nodes.get(target)?.kind !== "file")
      throw archiveInvalid("link", { entry: path });
    return this.#sizes.get(target) ?? 0;
  }

  /** People pack their project's folder rather than what is in it. */
  #onlyFolder(): string | null {
    const [top, second] = this.#topLevel("");
    return top !== undefined && second === undefined && this.#nodes.get(top)?.kind === "directory" ? top : null;
  }

  #shown(folder: string | null): string[] {
    const prefix = folder === null ? "" : `${folder}/`;
    const names = this.#topLevel(prefix).toSorted();
    return names
      .slice(0, SHOWN_ENTRIES)
      .map((name) => (this.#nodes.get(prefix + name)?.kind === "directory" ? `${name}/` : name));
  }

  #topLevel(prefix: string): string[] {
    return [...this.#nodes.keys()]
      .filter((path) => path.startsWith(prefix) && !path.includes("/", prefix.length))
      .map((path) => path.slice(prefix.length));
  }
}
