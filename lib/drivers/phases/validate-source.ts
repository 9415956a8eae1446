import { realpath, stat } from "node:fs/promises";
import { Problem } from "@/lib/contracts/problem";
import { isInside } from "@/lib/hosts/scan-tree";
import type { PhaseContext } from "../driver";
import { checkRoomHere } from "./room";

/** The folder to send, with every link resolved: one under an allowed root, or what an upload was unpacked to. */
export async function resolveSource(
  ctx: Pick<PhaseContext, "spec" | "sourceRoots" | "sources" | "signal" | "log">,
): Promise<string> {
  const { source } = ctx.spec;
  if (source.kind === "archive") {
    const what = "the unpacked archive";
    return ctx.sources.archive(source.uploadId, ctx.signal, (need) => checkRoomHere(ctx, [{ ...need, what }]));
  }
  if (source.kind !== "folder")
    throw new Problem("source-not-deployable", { params: { reason: "other", kind: source.kind } });
  const folder = await resolveFolder(source.path);
  const roots = await Promise.all(ctx.sourceRoots.map(realpathIfThere));
  if (!roots.some((root) => root !== null && isInside(root, folder))) {
    throw new Problem("source-outside-roots", { params: { path: source.path } });
  }
  return folder;
}

async function resolveFolder(path: string): Promise<string> {
  try {
    const folder = await realpath(path);
    if ((await stat(folder)).isDirectory()) return folder;
  } catch (cause) {
    const isBarred = (cause as NodeJS.ErrnoException).code === "EACCES";
    throw new Problem(isBarred ? "source-unreadable" : "source-missing", { params: { path }, cause });
  }
  throw new Problem("source-not-a-folder", { params: { path } });
}

/** A root that is configured but absent allows nothing. */
async function realpathIfThere(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
