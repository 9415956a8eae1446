import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { env } from "@/lib/env";

const MOST = 100;

/** Where sources of this machine may lie, and the folders that are there: what a form can suggest. */
export async function listSourceFolders(
  roots: readonly string[] = env.LANDFALL_SOURCE_ROOTS,
): Promise<{ roots: string[]; folders: string[] }> {
  const folders = await Promise.all(roots.map(foldersIn));
  return { roots: [...roots], folders: folders.flat().slice(0, MOST) };
}

/** A root that is not there or cannot be read suggests nothing; deploying from it says why. */
async function foldersIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules",
  );
  return folders.map(({ name }) => join(root, name)).toSorted();
}
