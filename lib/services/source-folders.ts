import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sourceRootsFor } from "@/lib/contracts/grants";
import type { Actor } from "@/lib/contracts/user";
import { env } from "@/lib/platform/env";
import { listTargets } from "@/lib/targets/target-store";

const MOST = 100;

/** The source roots of this machine and their folders: suggestions for a form. */
export async function listSourceFolders(
  roots: readonly string[] = env.LANDFALL_SOURCE_ROOTS,
): Promise<{ roots: string[]; folders: string[] }> {
  const folders = await Promise.all(roots.map(foldersIn));
  return { roots: [...roots], folders: folders.flat().slice(0, MOST) };
}

/** The same for one person: a member sees only the folders that a target grants them. */
export async function listSourceFoldersFor(actor: Actor): Promise<{ roots: string[]; folders: string[] }> {
  const targets = await listTargets(actor);
  const deployer = { actor, ownerRole: actor.role };
  const roots = targets
    .filter(({ mayDeploy }) => mayDeploy)
    .flatMap(({ grants }) => sourceRootsFor(deployer, { sourceRoots: grants.sourceRoots }, env.LANDFALL_SOURCE_ROOTS));
  return listSourceFolders(actor.role === "admin" ? env.LANDFALL_SOURCE_ROOTS : [...new Set(roots)]);
}

/** A missing or unreadable root has no suggestions. Saving a service with it reports why. */
async function foldersIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules",
  );
  return folders.map(({ name }) => join(root, name)).toSorted();
}
