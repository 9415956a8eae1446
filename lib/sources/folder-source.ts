import { realpath, stat } from "node:fs/promises";
import { resolve, sep } from "node:path";

export type FolderProblem = "source-outside-roots" | "source-missing" | "source-not-a-folder";

/**
 * Is the folder there, and under one of the roots once every symlink is followed? A path that leads outside is refused
 * the same way whether something is there or not, so that nobody can feel their way through the disk.
 */
export async function checkFolder(path: string, roots: readonly string[]): Promise<FolderProblem | null> {
  const realRoots = await Promise.all(roots.map(realRoot));
  const real = await realpath(path).catch(unlessAbsent);
  if (real === null)
    return isUnder(resolve(path), [...roots, ...realRoots]) ? "source-missing" : "source-outside-roots";
  if (!isUnder(real, realRoots)) return "source-outside-roots";
  return (await stat(real)).isDirectory() ? null : "source-not-a-folder";
}

/** A root that does not exist lets nothing in, and does not close the others. */
async function realRoot(root: string): Promise<string> {
  return (await realpath(root).catch(unlessAbsent)) ?? root;
}

function isUnder(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
}

const ABSENT = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EACCES"]);
function unlessAbsent(error: NodeJS.ErrnoException): null {
  if (error.code !== undefined && ABSENT.has(error.code)) return null;
  throw error;
}
