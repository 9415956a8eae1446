import { createHash, hash } from "node:crypto";
import { createReadStream, lstatSync, type Stats } from "node:fs";
import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import ignore, { type Ignore } from "ignore";
import { Problem } from "@/lib/contracts/problem";
import type { SourceTree, TreeEntry } from "./host";

/** Made on the machine that develops; the machine that runs makes its own. */
const ALWAYS_SKIPPED = new Set([".git", "node_modules", "__pycache__", ".venv", "venv"]);
const HASHED_AT_ONCE = 16;
/** A stream per file costs more than reading most of them. */
const READ_WHOLE_BYTES = 1024 * 1024;

/** Lists what is sent of a folder: everything its ignore file lets through, with digests, in path order. */
export async function scanTree(root: string, signal?: AbortSignal): Promise<SourceTree> {
  const scan: Scan = { root: await realpath(root), ignored: await readIgnoreFile(root), found: [], signal };
  await walk(scan, "");
  scan.found.sort((a, b) => (a.path < b.path ? -1 : 1));
  const entries = await describeAll(scan);
  return { root: scan.root, entries, bytes: entries.reduce((sum, entry) => sum + entry.size, 0) };
}

interface Scan {
  root: string;
  ignored: Ignore;
  found: { path: string; stats: Stats }[];
  signal: AbortSignal | undefined;
}

async function readIgnoreFile(root: string): Promise<Ignore> {
  const own = await readIfThere(join(root, ".landfallignore"));
  if (own !== null) return ignore({ ignorecase: false }).add(own);
  const docker = await readIfThere(join(root, ".dockerignore"));
  return ignore({ ignorecase: false }).add((docker ?? "").split("\n").map(anchored));
}

/** Docker's patterns start at the root; those of `ignore` (as Git's) match at any depth. */
function anchored(pattern: string): string {
  const [, not = "", rest = ""] = /^(!?)(.*)$/.exec(pattern.trim()) ?? [];
  if (rest === "" || rest.startsWith("#") || rest.startsWith("**")) return not + rest;
  return `${not}/${rest.replace(/^(\.?\/)+/, "")}`;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function walk(scan: Scan, directory: string): Promise<void> {
  scan.signal?.throwIfAborted();
  const names = await readdir(join(scan.root, directory), { encoding: "buffer" });
  for (const bytes of names) {
    const path = (directory === "" ? "" : `${directory}/`) + nameOf(bytes, directory);
    if (ALWAYS_SKIPPED.has(path.slice(path.lastIndexOf("/") + 1))) continue;
    // A matter of microseconds: a turn through the thread pool for each entry would take longer than all else here.
    const stats = lstatSync(join(scan.root, path));
    if (scan.ignored.ignores(stats.isDirectory() ? `${path}/` : path)) continue;
    // Sockets, pipes and devices belong to something that runs here; they mean nothing elsewhere.
    if (!stats.isDirectory() && !stats.isFile() && !stats.isSymbolicLink()) continue;
    scan.found.push({ path, stats });
    if (stats.isDirectory()) await walk(scan, path);
  }
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
  if (size <= READ_WHOLE_BYTES) return hash("sha256", await readFile(file));
  const digest = createHash("sha256");
  await pipeline(createReadStream(file), digest);
  return digest.digest("hex");
}
