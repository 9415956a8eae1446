import { isBound, isUnder, sourceRootsFor } from "@/lib/contracts/grants";
import { Problem } from "@/lib/contracts/problem";
import { checkFolder, findSourceFolder } from "@/lib/hosts/source-access";
import { env } from "@/lib/platform/env";
import type { CheckContext, FolderRequest, SourceProvider } from "../source";

/** A folder of this machine. A deployment gets its content as of the moment it is read, so it has no revision. */
export const folderSource = {
  async check({ path }, context) {
    const code = await refusalOf(path, context);
    return code ? [{ setting: "path", code }] : [];
  },

  async materialise({ path }, _revision, { roots }: FolderRequest) {
    const found = await findSourceFolder(path, roots);
    if ("folder" in found) return { folder: found.folder, leftOut: null };
    const { problem, cause } = found;
    const isBarred = problem === "source-missing" && (cause as NodeJS.ErrnoException).code === "EACCES";
    throw new Problem(isBarred ? "source-unreadable" : problem, { params: { path }, cause });
  },

  describe: ({ path }) => ({ code: "folder", params: { path } }),
} satisfies SourceProvider<"folder">;

/**
 * For a folder that is not granted the answer says only that, so that no one learns whether the folder exists. Where
 * the target is not known, a member is told only whether a folder is outside of all roots.
 */
async function refusalOf(path: string, context: CheckContext): Promise<string | null> {
  const all = env.LANDFALL_SOURCE_ROOTS;
  if (!isBound(context)) return checkFolder(path, all);
  const outside = isUnder(path, all) ? "folder-not-granted" : "source-outside-roots";
  if (!context.target) return outside === "source-outside-roots" ? outside : null;
  const roots = sourceRootsFor(context, context.target.grants, all);
  return isUnder(path, roots) ? checkFolder(path, roots) : outside;
}
