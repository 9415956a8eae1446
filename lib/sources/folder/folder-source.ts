import { realpath, stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { isBound, isUnder, sourceRootsFor } from "@/lib/contracts/grants";
import { Problem } from "@/lib/contracts/problem";
import { env } from "@/lib/platform/env";
import type { CheckContext, FolderRequest, SourceProvider } from "../source";

/** A folder of this machine. A deployment gets its content at the time when the folder is read, so it has no revision. */
export const folderSource = {
  async check({ path }, context) {
    const code = await refusalOf(path, context);
    return code ? [{ setting: "path", code }] : [];
  },

  async materialise({ path }, _revision, { roots }: FolderRequest) {
    const folder = await realFolder(path);
    if (!isWithin(folder, await Promise.all(roots.map(realRoot))))
      throw new Problem("source-outside-roots", { params: { path } });
    return { folder, leftOut: null };
  },

  describe: ({ path }) => ({ code: "folder", params: { path } }),
} satisfies SourceProvider<"folder">;

/**
 * For a folder that is not granted the answer says only that, so that nobody learns whether it exists. Where the target is
 * not known, a member is told only whether a folder is outside of all roots.
 */
async function refusalOf(path: string, context: CheckContext): Promise<string | null> {
  const all = env.LANDFALL_SOURCE_ROOTS;
  if (!isBound(context)) return checkFolder(path, all);
  const outside = isUnder(path, all) ? "folder-not-granted" : "source-outside-roots";
  if (!context.target) return outside === "source-outside-roots" ? outside : null;
  const roots = sourceRootsFor(context, context.target.grants, all);
  return isUnder(path, roots) ? checkFolder(path, roots) : outside;
}

export type FolderProblem = "source-outside-roots" | "source-missing" | "source-not-a-folder";

/**
 * Checks that the folder exists and is under one of the roots once every symbolic link is followed. A path that leads
 * outside gets the same answer whether it exists or not, so that nobody can explore the disk.
 */
export async function checkFolder(path: string, roots: readonly string[]): Promise<FolderProblem | null> {
  const realRoots = await Promise.all(roots.map(realRoot));
  const real = await realpath(path).catch(unlessAbsent);
  if (real === null)
    return isWithin(resolve(path), [...roots, ...realRoots]) ? "source-missing" : "source-outside-roots";
  if (!isWithin(real, realRoots)) return "source-outside-roots";
  return (await stat(real)).isDirectory() ? null : "source-not-a-folder";
}

/** A root that does not exist allows nothing and does not affect the others. */
async function realRoot(root: string): Promise<string> {
  return (await realpath(root).catch(unlessAbsent)) ?? root;
}

/** Expects paths without symbolic links. */
function isWithin(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
}

/** The folder with every symbolic link followed. */
async function realFolder(path: string): Promise<string> {
  try {
    const folder = await realpath(path);
    if ((await stat(folder)).isDirectory()) return folder;
  } catch (cause) {
    const isBarred = (cause as NodeJS.ErrnoException).code === "EACCES";
    throw new Problem(isBarred ? "source-unreadable" : "source-missing", { params: { path }, cause });
  }
  throw new Problem("source-not-a-folder", { params: { path } });
}

const ABSENT = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EACCES"]);
function unlessAbsent(error: NodeJS.ErrnoException): null {
  if (error.code !== undefined && ABSENT.has(error.code)) return null;
  throw error;
}
