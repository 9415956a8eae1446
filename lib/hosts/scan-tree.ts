import { createHash, hash } from "node:crypto";
import { createReadStream, lstatSync, readFile, type Stats } from "node:fs";
import { readdir, readlink, realpath } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import ignore from "ignore";
import { Problem } from "@/lib/contracts/problem";
import { dockerIgnore, type IgnoreRules } from "./docker-ignore";
import type { SourceTree, TreeEntry } from "./host";

/** Made on the machine that develops; the machine that runs makes its own. */
const ALWAYS_SKIPPED = new Set([".git", "node_modules", "__pycache__", ".venv", "venv"]);
/** Every virtual environment has it in its folder, whatever the folder is called. */
const VENV_MARK = "pyvenv.cfg";
const HASHED_AT_ONCE = 16;
/** A stream per file costs more than reading most of them. */
const READ_WHOLE_BYTES = 1024 * 1024;

/** Lists what is sent of a folder: everything its ignore file lets through, with digests, in path order. */
export async function scanTree(root: string, signal?: AbortSignal): Promise<SourceTree> {
  const scan: Scan = { root: await realpath(root), rules: await readIgnoreFile(root), found: [], signal };
  await walk(scan, "", await namesIn(scan, ""));
  scan.found.sort((a, b) => (a.path < b.path ? -1 : 1));
  const entries = await describeAll(scan);
  return { root: scan.root, entries, bytes: entries.reduce((sum, entry) => sum + entry.size, 0) };
}

/** For a thousand files, the one of node:fs/promises takes twice as long. */
const readWhole = promisify(readFile);

interface Scan {
  root: string;
  rules: IgnoreRules;
  found: { path: string; stats: Stats }[];
  signal: AbortSignal | undefined;
}

async function readIgnoreFile(root: string): Promise<IgnoreRules> {
  const own = await readIfThere(join(root, ".landfallignore"));
  return own === null ? dockerIgnore((await readIfThere(join(root, ".dockerignore"))) ?? "") : gitIgnore(own);
}

function gitIgnore(text: string): IgnoreRules {
  const rules = ignore({ ignorecase: false }).add(text);
  return { ignores: (path, isDirectory) => rules.ignores(isDirectory ? `${path}/` : path), looksBelow: false };
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readWhole(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function walk(scan: Scan, directory: string, names: readonly string[]): Promise<void> {
  scan.signal?.throwIfAborted();
  for (const name of names) {
    const path = directory === "" ? name : `${directory}/${name}`;
    // A matter of microseconds: a turn through the thread pool for each entry would take longer than all else here.
    const stats = lstatSync(join(scan.root, path));
    if (ALWAYS_SKIPPED.has(name) && (name === ".git" || !stats.isFile())) continue;
    if (stats.isDirectory()) await visit(scan, path, stats);
    // Sockets, pipes and devices belong to something that runs here; they mean nothing elsewhere.
    else if ((stats.isFile() || stats.isSymbolicLink()) && !scan.rules.ignores(path, false)) {
      scan.found.push({ path, stats });
    }
  }
}

/** A directory that is ignored is there all the same when something in it is not. */
async function visit(scan: Scan, path: string, stats: Stats): Promise<void> {
  const isIgnored = scan.rules.ignores(path, true);
  if (isIgnored && !scan.rules.looksBelow) return;
  const names = await namesIn(scan, path);
  if (names.includes(VENV_MARK)) return;
  const before = scan.found.length;
  await walk(scan, path, names);
  if (!isIgnored || scan.found.length > before) scan.found.push({ path, stats });
}

async function namesIn(scan: Scan, directory: string): Promise<string[]> {
  const names = await readdir(join(scan.root, directory), { encoding: "buffer" });
  return names.map((bytes) => nameOf(bytes, directory));
}

/** Names are bytes on Linux; one that is not UTF-8 would be sent under another name, so it is refused. */
function nameOf(bytes: Buffer, directory: string): string {
  const name = bytes.toString("utf8");
  if (Buffer.from(name, "utf8").equals(bytes)) return name;
  throw new Problem("source-not-deployable", {
    params: { path: directory },
    detail: `a file name is not UTF-8: ${name}`,
  });
}

async function describeAll(scan: Scan): Promise<TreeEntry[]> {
  const entries = new Array<TreeEntry>(scan.found.length);
  let next = 0;
  const work = async () => {
    for (let index = next++; index < scan.found.length; index = next++) {
      scan.signal?.throwIfAborted();
      const { path, stats } = scan.found[index] as Scan["found"][number];
      entries[index] = await describeEntry(scan.root, path, stats);
    }
  };
  await Promise.all(Array.from({ length: HASHED_AT_ONCE }, work));
  return entries;
}

async function describeEntry(root: string, path: string, stats: Stats): Promise<TreeEntry> {
  const entry = { path, mode: stats.mode & 0o777, size: 0 };
  if (stats.isDirectory()) return { ...entry, kind: "directory", digest: "" };
  if (stats.isSymbolicLink()) return { ...entry, kind: "symlink", digest: await linkInside(root, path) };
  return { ...entry, kind: "file", size: stats.size, digest: await digestOf(join(root, path), stats.size) };
}

/** The text of a link that stays inside. An absolute one would still point at the source after the copy. */
async function linkInside(root: string, path: string): Promise<string> {
  const link = join(root, path);
  const text = await readlink(link);
  const landsAt = [resolve(dirname(link), text), await realpathIfThere(link)];
  if (text.startsWith("/") || landsAt.some((to) => to !== null && !isInside(root, to))) {
    throw new Problem("source-not-deployable", {
      params: { path },
      detail: `${path} is a link that leads out of the source: ${text}`,
    });
  }
  return text;
}

/** Null for a link to nothing and for one that goes round in circles: it is copied as it is. */
async function realpathIfThere(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ELOOP" || code === "ENOTDIR") return null;
    throw error;
  }
}

/** Is `path` the root itself or below it? Both must be absolute. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !way.startsWith("/");
}

async function digestOf(file: string, size: number): Promise<string> {
  if (size <= READ_WHOLE_BYTES) return hash("sha256", await readWhole(file));
  const digest = createHash("sha256");
  await pipeline(createReadStream(file), digest);
  return digest.digest("hex");
}
