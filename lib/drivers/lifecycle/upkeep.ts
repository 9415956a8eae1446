import type { Restored } from "@/lib/contracts/drift";
import { Problem } from "@/lib/contracts/problem";
import type { RuntimeState } from "@/lib/contracts/service";
import type { Inspection, Json, ReleaseContext, ReleaseRef, ServicePlace, Upkeep } from "../driver";
import { isListening } from "../phases/validate-host";
import type { HostParts, LiveRelease } from "../route";
import { type ReleaseStatus, stoppedOf } from "../runner";
import { removeRelease, restoreWorkers, workerStates } from "./workers";

/** The host's view of the live release. A release whose public port is closed counts as down. */
export async function runtimeState({ runner, route }: HostParts, place: ServicePlace): Promise<RuntimeState> {
  const live = await route.current(place);
  if (!live) return { state: "absent", releaseId: null, since: null, restarts: 0, exitCode: null, processes: [] };
  const status = await runner.status(place, live.releaseId);
  const { state, since, restarts, exitCode } = seenOf(status);
  const isUnreachable = state === "running" && (await route.status(place, live)) !== "open";
  const shown = state === "absent" || isUnreachable ? "down" : state;
  const processes = await workerStates(place, runner, live);
  return { state: shown, releaseId: live.releaseId, since, restarts, exitCode, processes };
}

/** The state of a release by itself. */
function seenOf(status: ReleaseStatus | null): Omit<RuntimeState, "releaseId" | "processes"> {
  if (!status) return { state: "absent", since: null, restarts: 0, exitCode: null };
  const { since, restarts, exited, lastExitCode = null } = status;
  return { state: stateOf(status), since, restarts, exitCode: exited?.exitCode ?? lastExitCode };
}

function stateOf({ running, isStarting, exited }: ReleaseStatus): "running" | "starting" | "restarting" | "down" {
  if (running) return isStarting ? "starting" : "running";
  return exited ? "down" : "restarting";
}

/** Does it run, or should it? A release that is being retired only runs until it ends after TERM. */
export async function isInUse({ runner, route }: HostParts, place: ServicePlace, releaseId: string): Promise<boolean> {
  if ((await route.current(place))?.releaseId === releaseId) return true;
  const status = await runner.status(place, releaseId);
  return status?.running === true && status.isKept !== false;
}

/** Removes whatever runs a release. Throws `target-in-use` for a release in use. */
export async function removeUnused(parts: HostParts, place: ServicePlace, releaseId: string): Promise<void> {
  if (await isInUse(parts, place, releaseId))
    throw new Problem("target-in-use", { detail: `release ${releaseId} runs` });
  await removeRelease(place, parts.runner, releaseId);
}

interface Options {
  inventory: Upkeep["inventory"];
  usage: Upkeep["usage"];
  /** The required value of `ReleaseStatus.runsFrom` for this artifact; null where it cannot differ. */
  runsFrom?: (artifact: Json) => string | null;
}

/** How a driver's services are checked and repaired between deployments. */
export function hostUpkeep(parts: HostParts, { inventory, usage, runsFrom = () => null }: Options): Upkeep {
  return {
    inspect: (place, release) => inspect(parts, place, release, runsFrom(release.artifact)),
    restore: (ctx) => restore(parts, ctx),
    inventory,
    usage,
  };
}

async function inspect(
  { runner, route }: HostParts,
  place: ServicePlace,
  release: ReleaseRef,
  wanted: string | null,
): Promise<Inspection> {
  const [live, status] = await Promise.all([route.current(place), runner.status(place, release.id)]);
  const found = status?.runsFrom ?? null;
  return {
    servingId: live?.releaseId ?? null,
    way: await route.status(place, live),
    ...seenOf(status),
    processes: live?.releaseId === release.id ? await workerStates(place, runner, live) : [],
    foreignArtifact: wanted !== null && found !== null && wanted !== found ? { wanted, found } : null,
  };
}

/** Repairs what the host lost of the live release: the release, its proxy, or the route to it. */
async function restore(parts: HostParts, ctx: ReleaseContext): Promise<Restored[]> {
  const { runner, route } = parts;
  const ensured = await route.ensure(ctx);
  const [status, known] = [await runner.status(ctx, ctx.release.id), await route.current(ctx)];
  if (known && known.releaseId !== ctx.release.id) return ensured;
  const { live, restored } = known ? { live: known, restored: [] } : await rebuild(parts, ctx, status);
  const running = await restoreRelease(parts, ctx, live, status);
  const isNew = running !== null;
  const routed = await route.restore(ctx, running ?? live, isNew);
  const revived = await restoreWorkers(ctx, runner, live);
  const put: Restored[] = [
    ...(isNew ? (["release"] as const) : []),
    ...routed,
    ...(revived ? (["processes"] as const) : []),
  ];
  return [...ensured, ...restored, ...put];
}

async function rebuild({ runner, route }: HostParts, ctx: ReleaseContext, status: ReleaseStatus | null) {
  const { types } = await runner.processes(ctx);
  return route.rebuild(ctx, status, types);
}

/** The live release, running again; null when it was running already. */
async function restoreRelease(
  { runner }: HostParts,
  ctx: ReleaseContext,
  live: LiveRelease,
  status: ReleaseStatus | null,
): Promise<LiveRelease | null> {
  if (status && !status.exited) return null;
  if (status) await runner.resume(ctx, stoppedOf(status));
  const next = status ? live : await createAnew({ runner }, ctx, live);
  await runner.keep(ctx, live.releaseId);
  return next;
}

/** On its former binding, unless another program listens there by now. */
async function createAnew(
  { runner }: Pick<HostParts, "runner">,
  ctx: ReleaseContext,
  live: LiveRelease,
): Promise<LiveRelease> {
  const isTaken = live.way === "edge" && (await isListening(ctx, live.binding));
  const binding = isTaken ? { ...live.binding, port: await ctx.host.freePort() } : live.binding;
  await runner.create(ctx, binding);
  return { ...live, binding };
}
