import { createHash, hash } from "node:crypto";
import { closeSync, createReadStream, lstatSync, readFile, type Stats } from "node:fs";
import { readdir, readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, normalize, relative, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import { isAbsent, leadsNowhere } from "./absent";
import type { SourceTree, TreeEntry } from "./host";
import { isInside, leadsOut, openSourceFile, readSourceFile } from "./source-access";
import { type LeftOutReason, PROGRAM, readRules, type SourceRules, type SourceUse } from "./source-rules";

/** The file that every virtual environment has, whatever its folder is called. */
const VENV_MARK = "pyvenv.cfg";
const HASHED_AT_ONCE = 16;
/** A stream per file costs more than reading most of them. */
const READ_WHOLE_BYTES = 1024 * 1024;

/** For a thousand files, the readFile of node:fs/promises takes twice as long. */
const readWhole = promisify(readFile);

/** An entry of the folder that is not sent; a directory ends with a slash and includes everything in it. */
export interface LeftOut {
  path: string;
  reason: LeftOutReason;
}

export interface ScannedTree extends SourceTree {
  /** The ignore file that was read; null when there is none. */
  ignoreFile: string | null;
  /** In path order. */
  leftOut: readonly LeftOut[];
}

/** Lists which entries of a folder are sent, with digests, in path order, and which are not. */
export async function scanTree(root: string, signal?: AbortSignal, use: SourceUse = PROGRAM): Promise<ScannedTree> {
  try {
    return await scanned(root, signal, use);
  } catch (error) {
    throw readProblem(error, root) ?? error;
  }
}

/** Null for an error that is no failure to read. The path is relative to the source's root. */
export function readProblem(error: unknown, root: string): Problem | null {
  const { code, path = "" } = error as NodeJS.ErrnoException;
  const params = { path: relative(root, path) || "." };
  if (isAbsent(error)) return new Problem("source-changed", { params, cause: error });
  if (code === "EACCES" || code === "EPERM") return new Problem("source-unreadable", { params, cause: error });
  return null;
}

async function scanned(root: string, signal: AbortSignal | undefined, use: SourceUse): Promise<ScannedTree> {
  const { real, rules, readByName } = await openSource(root, use);
  const scan: Scan = { root: real, rules, readByName, found: [], leftOut: [], signal };
  await walk(scan, "", await namesIn(scan, ""));
  for (const list of [scan.found, scan.leftOut]) list.sort((a, b) => (a.path < b.path ? -1 : 1));
  const entries = await describeAll(scan);
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0);
  return { root: scan.root, entries, bytes, ignoreFile: rules.file, leftOut: scan.leftOut };
}

/**
 * A source's rules. A file that is read by its name, here or by `docker build` on the host, is part of the source:
 * throws `source-link-outside` where it leads out, also for an image, which may have such links otherwise.
 */
async function openSource(root: string, use: SourceUse) {
  const real = await realpath(root);
  const dockerfile = use.kind === "image" ? normalize(use.dockerfile) : null;
  const ofImage = dockerfile === null ? [] : [dockerfile, `${dockerfile}.dockerignore`];
  const readByName = [".landfallignore", ".dockerignore", ...ofImage];
  for (const path of readByName) {
    if (leadsOut(real, path)) throw new Problem("source-link-outside", { params: { path } });
  }
  return { real, readByName, rules: await readRules(real, use) };
}

interface Scan {
  root: string;
  rules: SourceRules;
  readByName: readonly string[];
  found: { path: string; stats: Stats }[];
  leftOut: LeftOut[];
  signal: AbortSignal | undefined;
}

async function walk(scan: Scan, directory: string, names: readonly string[]): Promise<void> {
  scan.signal?.throwIfAborted();
  for (const name of names) {
    const path = directory === "" ? name : `${directory}/${name}`;
    // It takes microseconds: a turn through the thread pool for each entry would take longer than all the rest.
    const stats = lstatSync(join(scan.root, path));
    if (stats.isDirectory()) await visit(scan, path, stats);
    else {
      const reason = whyNotSent(scan.rules, path, stats);
      if (reason === null) scan.found.push({ path, stats });
      else scan.leftOut.push({ path, reason });
    }
  }
}

/** An ignored directory is still sent when something in it is not ignored. */
async function visit(scan: Scan, path: string, stats: Stats): Promise<void> {
  const reason = whyNotSent(scan.rules, path, stats);
  const leaveOut = (why: LeftOutReason) => scan.leftOut.push({ path: `${path}/`, reason: why });
  if (reason !== null && !(reason === "ignored" && scan.rules.ignore.looksBelow(path))) return void leaveOut(reason);
  const names = await namesIn(scan, path);
  if (scan.rules.skipsEnvironments && names.includes(VENV_MARK)) return void leaveOut("dependencies");
  const before = { found: scan.found.length, leftOut: scan.leftOut.length };
  await walk(scan, path, names);
  if (reason === null || scan.found.length > before.found) return void scan.found.push({ path, stats });
  scan.leftOut.length = before.leftOut; // all of it: listed once
  leaveOut(reason);
}

function whyNotSent(rules: SourceRules, path: string, stats: Stats): LeftOutReason | null {
  const skipped = rules.skips(basename(path), stats.isFile());
  if (skipped !== null) return skipped;
  if (rules.ignore.ignores(path, stats.isDirectory())) return "ignored";
  // Sockets, pipes and devices belong to a process of this machine.
  return stats.isDirectory() || stats.isFile() || stats.isSymbolicLink() ? null : "special";
}

async function namesIn(scan: Scan, directory: string): Promise<string[]> {
  const names = await readdir(join(scan.root, directory), { encoding: "buffer" });
  return names.map((bytes) => nameOf(bytes, directory));
}

/** Names are bytes on Linux; a name that is not UTF-8 would be sent as another name, so it is refused. */
function nameOf(bytes: Buffer, directory: string): string {
  const name = bytes.toString("utf8");
  if (Buffer.from(name, "utf8").equals(bytes)) return name;
  throw new Problem("source-name-invalid", { params: { path: directory || "." }, detail: name });
}

/**
 * Reads files of a folder as the host will have them: text, or null for a path that does not exist, is not a file, or is left
 * out. Detection that reads anything else would find what the build does not.
 */
export async function sentFiles(root: string, use: SourceUse): Promise<(path: string) => Promise<string | null>> {
  const { real, rules } = await openSource(root, use).catch(toProblem(root));
  const read = async (path: string) => {
    if (leadsOut(real, path)) return null;
    const found = await stat(join(real, path)).catch(unlessNowhere);
    if (!found?.isFile()) return null;
    const target = await realpath(join(real, path));
    if (!isInside(real, target)) return null;
    const names = [normalize(path), relative(real, target)];
    return names.every((name) => isSent(real, rules, name))
      ? readSourceFile(real, relative(real, target)).toString()
      : null;
  };
  return (path) => read(path).catch(toProblem(real));
}

function toProblem(root: string): (error: unknown) => never {
  return (error) => {
    throw readProblem(error, root) ?? error;
  };
}

function isSent(root: string, rules: SourceRules, path: string): boolean {
  const parts = path.split("/");
  return parts.every((_, index) => {
    const at = parts.slice(0, index + 1).join("/");
    const stats = lstatSync(join(root, at));
    const reason = whyNotSent(rules, at, stats);
    if (!stats.isDirectory()) return reason === null;
    if (rules.skipsEnvironments && isThere(join(root, at, VENV_MARK))) return false;
    return reason === null || (reason === "ignored" && rules.ignore.looksBelow(at));
  });
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function unlessNowhere(error: unknown): null {
  if (leadsNowhere(error)) return null;
  throw error;
}

async function describeAll(scan: Scan): Promise<TreeEntry[]> {
  const entries = new Array<TreeEntry>(scan.found.length);
  let next = 0;
  const work = async () => {
    for (let index = next++; index < scan.found.length; index = next++) {
      scan.signal?.throwIfAborted();
      const { path, stats } = scan.found[index] as Scan["found"][number];
      entries[index] = await describeEntry(scan, path, stats);
    }
  };
  await Promise.all(Array.from({ length: HASHED_AT_ONCE }, work));
  return entries;
}

async function describeEntry({ root, rules, readByName }: Scan, path: string, stats: Stats): Promise<TreeEntry> {
  const entry = { path, mode: stats.mode & 0o777, size: 0 };
  if (stats.isDirectory()) return { ...entry, kind: "directory", digest: "" };
  if (stats.isSymbolicLink()) {
    const isOnTheWay = readByName.some((name) => name === path || name.startsWith(`${path}/`));
    const digest = rules.takesAllLinks && !isOnTheWay ? await readlink(join(root, path)) : await linkInside(root, path);
    return { ...entry, kind: "symlink", digest };
  }
  return {
    ...entry,
    kind: "file",
    size: stats.size,
    digest: await digestOf(root, path, stats.size),
  };
}

/** The text of a link that stays inside. An absolute one would still point at the source after the copy. */
async function linkInside(root: string, path: string): Promise<string> {
  const link = join(root, path);
  const text = await readlink(link);
  // Its text counts too: a folder in its path may be left out, and be something else on the host.
  if (!isInside(root, resolve(dirname(link), text)) || leadsOut(root, path)) {
    throw new Problem("source-link-outside", { params: { path }, detail: `${path} -> ${text}` });
  }
  return text;
}

async function digestOf(root: string, path: string, size: number): Promise<string> {
  const fd = openSourceFile(root, path);
  if (size > READ_WHOLE_BYTES) {
    const digest = createHash("sha256");
    await pipeline(createReadStream("", { fd }), digest);
    return digest.digest("hex");
  }
  try {
    return hash("sha256", await readWhole(fd));
  } finally {
    closeSync(fd);
  }
}
