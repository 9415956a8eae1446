import { Problem } from "@/lib/contracts/problem";
import { findSourceFolder } from "@/lib/hosts/source-access";
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
  const found = await findSourceFolder(source.path, ctx.sourceRoots);
  if ("folder" in found) return found.folder;
  const { problem, cause } = found;
  const isBarred = problem === "source-missing" && (cause as NodeJS.ErrnoException).code === "EACCES";
  throw new Problem(isBarred ? "source-unreadable" : problem, { params: { path: source.path }, cause });
}
