import { createHash } from "node:crypto";
import type { PutTreeResult, SourceTree, TreeEntry } from "../host";

/** Changes when the same plan is written as other bytes: a partial upload of an older Landfall is not continued. */
const FORMAT = 1;
/** Digests are taken by as many processes: hosts have several cores, and one hashes about 100 MB in a second. */
const HASHED_AT_ONCE = 4;

/** The files to send, the files that the host already has, and lists with instructions for the host. */
export interface TransferPlan {
  /** The same for the same content, so that an interrupted transfer finds its partial upload. */
  packName: string;
  /** Files that come before the tree in the pack; lib/hosts/programs/place-tree.sh describes the purpose of each. */
  lists: readonly { name: string; content: Buffer }[];
  /** Every directory and link, and the files that are sent, in path order. */
  packed: readonly TreeEntry[];
  /** Files whose name no line can carry. */
  oddPaths: readonly string[];
  /** Not sent, because the host has it. */
  atHand: { files: number; bytes: number };
  result: PutTreeResult;
}

/** Files with the path and digest they have in `base` come from there, but for those in `refused`. */
export function planTransfer(tree: SourceTree, base: readonly TreeEntry[], refused: ReadonlySet<string>): TransferPlan {
  const known = new Map(base.map((entry) => [entry.path, `${entry.kind} ${entry.digest}`]));
  const isKnown = ({ path, kind, digest }: TreeEntry) => !refused.has(path) && known.get(path) === `${kind} ${digest}`;
  const files = tree.entries.filter(({ kind }) => kind === "file");
  const copied = new Set(files.filter(isKnown));
  const packed = tree.entries.filter((entry) => !copied.has(entry));
  const sent = packed.filter((entry) => entry.kind !== "directory" && !isKnown(entry));
  const total = { files: tree.entries.filter(({ kind }) => kind !== "directory").length, bytes: tree.bytes };
  const travelling = packed.filter(({ kind }) => kind === "file");
  return {
    packName: nameOf(tree.entries, copied),
    lists: listsFor(tree.entries, copied),
    packed,
    oddPaths: files.filter(isOdd).map(({ path }) => path),
    atHand: { files: total.files - travelling.length, bytes: total.bytes - bytesOf(travelling) },
    result: { ...total, sentFiles: sent.length, sentBytes: bytesOf(sent) },
  };
}

function bytesOf(entries: readonly TreeEntry[]): number {
  return entries.reduce((sum, { size }) => sum + size, 0);
}

function nameOf(entries: readonly TreeEntry[], copied: ReadonlySet<TreeEntry>): string {
  const content = entries.map((entry) => [entry.path, entry.kind, entry.mode, entry.digest, copied.has(entry)]);
  // Another zlib may compress the same bytes to others.
  const identity = JSON.stringify([FORMAT, process.versions.zlib, content]);
  return `pack-${createHash("sha256").update(identity).digest("hex").slice(0, 32)}`;
}

function listsFor(entries: readonly TreeEntry[], copied: ReadonlySet<TreeEntry>): TransferPlan["lists"] {
  const files = entries.filter(({ kind }) => kind === "file");
  const plain = files.filter((entry) => !isOdd(entry));
  const odd = files.filter(isOdd);
  const shares = Array.from({ length: HASHED_AT_ONCE }, (_, share) =>
    plain.filter((_, index) => index % HASHED_AT_ONCE === share),
  );
  return [
    { name: "copied", content: paths([...copied]) },
    ...shares.map((share, index) => ({ name: `hashed.${index}`, content: paths(share) })),
    { name: "sums", content: sums(plain) },
    { name: "odd", content: nulEnded(odd.flatMap(({ path, digest }) => [digest, `./${path}`])) },
    ...modes(entries).map(({ mode, entries: same }, index) => ({
      name: `modes.${String(index).padStart(6, "0")}.${mode}`,
      content: paths(same),
    })),
  ].filter(({ content }) => content.length > 0);
}

/** Names that the tools print in another form. */
function isOdd({ path }: TreeEntry): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for them
  return /[\u0000-\u001f\u007f\\]/.test(path);
}

function paths(entries: readonly TreeEntry[]): Buffer {
  return nulEnded(entries.map(({ path }) => `./${path}`));
}

function nulEnded(texts: readonly string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text}\0`).join(""));
}

function sums(entries: readonly TreeEntry[]): Buffer {
  return Buffer.from(entries.map(({ path, digest }) => `${digest}  ./${path}\n`).join(""));
}

/**
 * The modes to set, in order: files first, then directories from the leaves up, as nothing below a closed directory can
 * be reached. Five digits, since with fewer chmod leaves the set-group-id bit of a directory.
 */
function modes(entries: readonly TreeEntry[]): { mode: string; entries: TreeEntry[] }[] {
  const files = entries.filter(({ kind }) => kind === "file").sort((a, b) => a.mode - b.mode);
  const directories = entries.filter(({ kind }) => kind === "directory").toReversed();
  const groups: { mode: string; entries: TreeEntry[] }[] = [];
  for (const entry of [...files, ...directories]) {
    const mode = (entry.mode & 0o777).toString(8).padStart(5, "0");
    const last = groups.at(-1);
    if (last?.mode === mode) last.entries.push(entry);
    else groups.push({ mode, entries: [entry] });
  }
  return groups;
}
