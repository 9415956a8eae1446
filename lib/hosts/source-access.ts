/**
 * Which parts of this machine's disk may be read as a source: folders under an allowed root, and only files that are
 * inside the source. Anyone who may write into a source can create a link anywhere in it, at any moment.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { leadsNowhere } from "./absent";

export type FolderProblem = "source-outside-roots" | "source-missing" | "source-not-a-folder";

/** The folder with every link resolved, or why it may not be used; `cause` is what the file system answered. */
export type FoundFolder = { folder: string } | { problem: FolderProblem; cause?: unknown };

/**
 * Is the folder under one of the roots once every link is followed, and does it exist? A path that leads outside is
 * refused in the same way whether it exists or not, so that no one can explore the disk. A missing root allows nothing,
 * and does not affect the others.
 */
export async function findSourceFolder(path: string, roots: readonly string[]): Promise<FoundFolder> {
  const allowed = await Promise.all(roots.map(async (root) => ({ root, real: (await follow(root)).real })));
  const { real, cause } = await follow(path);
  if (real === null) {
    const isWithin = allowed.some((one) => staysWithin(one, path));
    return { problem: isWithin ? "source-missing" : "source-outside-roots", cause };
  }
  if (!allowed.some((one) => one.real !== null && isInside(one.real, real))) return { problem: "source-outside-roots" };
  return (await stat(real)).isDirectory() ? { folder: real } : { problem: "source-not-a-folder" };
}

/** The problem alone; null when the folder may be used. */
export async function checkFolder(path: string, roots: readonly string[]): Promise<FolderProblem | null> {
  const found = await findSourceFolder(path, roots);
  return "problem" in found ? found.problem : null;
}

async function follow(path: string): Promise<{ real: string; cause?: undefined } | { real: null; cause: unknown }> {
  try {
    return { real: await realpath(path) };
  } catch (cause) {
    if (leadsNowhere(cause) || (cause as NodeJS.ErrnoException).code === "EACCES") return { real: null, cause };
    throw cause;
  }
}

/** For a path that does not exist: would it be within the root? Only links within the root are followed. */
function staysWithin({ root, real }: { root: string; real: string | null }, path: string): boolean {
  if (real === null) return isInside(root, resolve(path));
  return [root, real].some((base) => {
    const below = belowOf(base, path);
    return below !== null && !walksOut({ root: real, mayBeAbsolute: true, followed: 0 }, below);
  });
}

/** The part of `path` after `base`, as it is written: `..` behind a link leads elsewhere than its text suggests. */
function belowOf(base: string, path: string): string | null {
  const start = base.endsWith(sep) ? base : base + sep;
  if (path === base) return "";
  return path.startsWith(start) ? path.slice(start.length).replace(/^\/+/, "") : null;
}

/** Is `path` the root itself or below it? Both must be absolute, and links are not followed. */
export function isInside(root: string, path: string): boolean {
  const below = relative(root, path);
  return below !== ".." && !below.startsWith(`..${sep}`) && !below.startsWith("/");
}

/** Linux gives up after 40; a path beyond that leads nowhere. */
const MOST_LINKS = 64;

/**
 * Does `path` lead out of `root` through any link in it? The links are followed here and not by the kernel, so nothing
 * outside of the root is touched: the answer is the same whether something is there or not. The text of a link is not
 * enough: where `up` is a link to the folder it is in, `up/..` is the folder's parent. An absolute link leads out: after a
 * copy it would still point at the source.
 */
export function leadsOut(root: string, path: string): boolean {
  return walksOut({ root, mayBeAbsolute: false, followed: 0 }, path);
}

interface Walk {
  root: string;
  /** May a link be absolute where it stays in the root? */
  mayBeAbsolute: boolean;
  followed: number;
}

type Position = readonly string[] | "outside" | "nowhere";

function walksOut(walk: Walk, path: string): boolean {
  return walkAlong(walk, [], path) === "outside";
}

function walkAlong(walk: Walk, from: readonly string[], text: string): Position {
  if (text.startsWith("/")) {
    const below = walk.mayBeAbsolute ? belowOf(walk.root, text) : null;
    return below === null ? "outside" : walkAlong(walk, [], below);
  }
  let at = from;
  for (const part of text.split("/").filter((part) => part !== "" && part !== ".")) {
    const next = step(walk, at, part);
    if (typeof next === "string") return next;
    at = next;
  }
  return at;
}

function step(walk: Walk, at: readonly string[], part: string): Position {
  if (part === "..") return at.length === 0 ? "outside" : at.slice(0, -1);
  const text = linkText(join(walk.root, ...at, part));
  if (text === null) return [...at, part];
  walk.followed += 1;
  return walk.followed > MOST_LINKS ? "nowhere" : walkAlong(walk, at, text);
}

function linkText(path: string): string | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : null;
  } catch (error) {
    if (leadsNowhere(error) || (error as NodeJS.ErrnoException).code === "EACCES") return null;
    throw error;
  }
}

/** A file that became a pipe in between must not block the worker. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a file of a source as it was listed: a link that has taken its place, or that of a folder above it, would be read
 * with the worker's permissions. `root` is a real path. Throws `source-changed` for anything that is not that file any more.
 * Synchronous, because it takes microseconds.
 */
export function openSourceFile(root: string, path: string): number {
  const file = open(root, path);
  try {
    if (fstatSync(file).isFile() && isOpenAt(file, join(root, path))) return file;
    throw changed(path);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * Is this the file at the path, with no link in between? Linux tells the path of an open file. Systems without /proc run
 * only the command line, which reads its own person's files.
 */
function isOpenAt(file: number, path: string): boolean {
  if (process.platform === "linux") return readlinkSync(`/proc/self/fd/${file}`) === path;
  return realpathSync(path) === path && statSync(path).ino === fstatSync(file).ino;
}

/** The whole content of a small file. */
export function readSourceFile(root: string, path: string): Buffer {
  const file = openSourceFile(root, path);
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function open(root: string, path: string): number {
  if (path.split("/").includes("..")) throw changed(path);
  try {
    return openSync(join(root, path), FLAGS);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A link, and a socket or a pipe.
    if (code === "ELOOP" || code === "ENXIO") throw changed(path, error);
    throw error;
  }
}

function changed(path: string, cause?: unknown): Problem {
  return new Problem("source-changed", { params: { path }, cause });
}
