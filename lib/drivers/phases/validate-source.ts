import type { MaterialisedSource } from "@/lib/sources/source";
import type { PhaseContext } from "../driver";
import { checkRoomHere } from "./room";

type SourceContext = Pick<PhaseContext, "sourceRoots" | "sources" | "signal" | "log">;

/** The source as a folder on this machine, with every symbolic link of its path followed. */
export function openSource(ctx: SourceContext): Promise<MaterialisedSource> {
  const { sourceRoots: roots, signal } = ctx;
  return ctx.sources.materialise({ roots, signal, hasRoom: (need) => checkRoomHere(ctx, [need]) });
}

export async function resolveSource(ctx: SourceContext): Promise<string> {
  return (await openSource(ctx)).folder;
}
