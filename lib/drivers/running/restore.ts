import type { Restored } from "@/lib/contracts/drift";
import { Problem } from "@/lib/contracts/problem";
import type { ReleaseContext } from "../driver";
import { ensureEdge, findEdge } from "../edge/ensure-edge";
import { isListening } from "../phases/validate-host";
import { leadsTo, leadThroughEdge } from "./public-way";
import type { ReleaseLook, ReleaseRunner } from "./runner";
import { readServing, type Serving, writeServing } from "./serving";
import { servingOf } from "./start";

/** Puts back what the host lost of the release that serves: itself, the edge, or the edge's way to it. */
export async function restoreService(runner: ReleaseRunner, ctx: ReleaseContext): Promise<Restored[]> {
  const look = await runner.look(ctx, ctx.release.id);
  const known = await readServing(ctx);
  if (known && known.releaseId !== ctx.release.id) return [];
  const serving = known ?? (await rebuildRecord(ctx, look));
  const restored: Restored[] = known ? [] : ["record"];
  const running = await restoreRelease(runner, ctx, serving, look);
  if (running !== null) restored.push("release");
  return [...restored, ...(await restoreWay(ctx, running ?? serving))];
}

/** Which release serves, and how, is read off what runs; a host that lost that too needs a deployment. */
async function rebuildRecord(ctx: ReleaseContext, look: ReleaseLook | null): Promise<Serving> {
  if (!look) throw new Problem("release-gone", { detail: "the host has nothing of the release any more" });
  const serving = servingOf(ctx, look.binding.port === ctx.spec.port ? null : look.binding);
  await writeServing(ctx, serving);
  return serving;
}

/** How it serves once it runs again; null when it did not have to be put back. */
async function restoreRelease(
  runner: ReleaseRunner,
  ctx: ReleaseContext,
  serving: Serving,
  look: ReleaseLook | null,
): Promise<Serving | null> {
  if (look && !look.exited) return null;
  if (look) await runner.resume(ctx, serving.releaseId);
  const next = look ? serving : await createAnew(runner, ctx, serving);
  await runner.keep(ctx, serving.releaseId);
  return next;
}

/** Where it was bound, unless somebody else is there by now. */
async function createAnew(runner: ReleaseRunner, ctx: ReleaseContext, serving: Serving): Promise<Serving> {
  const isTaken = serving.way === "edge" && (await isListening(ctx, serving.binding));
  const binding = isTaken ? { ...serving.binding, port: await ctx.host.freePort() } : serving.binding;
  await runner.create(ctx, binding);
  return { ...serving, binding };
}

async function restoreWay(ctx: ReleaseContext, serving: Serving): Promise<Restored[]> {
  if (serving.way === "direct" || (await leadsTo(ctx, serving, serving))) return [];
  const isUp = (await findEdge(ctx)) !== null;
  const edge = await ensureEdge(ctx, ctx.signal);
  if (!edge) throw new Problem("edge-failed", { detail: "Caddy is no longer on the host" });
  const restored: Restored[] = isUp ? [] : ["edge"];
  if (await leadsTo(ctx, serving, serving)) return restored;
  await leadThroughEdge(ctx, edge, serving);
  return [...restored, "way"];
}
