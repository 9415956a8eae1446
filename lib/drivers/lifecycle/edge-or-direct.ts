import { join } from "node:path";
import type { Restored } from "@/lib/contracts/drift";
import { Problem } from "@/lib/contracts/problem";
import type { PhaseContext, ReleaseContext, ServicePlace } from "../driver";
import { findCaddy } from "../edge/caddy";
import type { Edge } from "../edge/edge";
import type { Slot } from "../edge/edge-config";
import { ensureEdge, findEdge } from "../edge/ensure-edge";
import { checkPortFree, isListening } from "../phases/validate-host";
import { serviceDirectory } from "../release-layout";
import { type HostParts, LiveRelease, type Route, type Switch, withProcesses } from "../route";
import type { Binding, Runner } from "../runner";
import { BIND_ADDRESS, CERTIFICATE, KeepAssetsSetting } from "../setting-shapes";
import { stopsFirst, untilListening } from "./start-stop";

/** Between TERM and KILL for a release that has the public port itself: meanwhile the port is closed. */
const HANDOVER_GRACE_MS = 1_500;

/**
 * The routes of a host: through Landfall's own Caddy where the host has one, else directly to the release. The host
 * records which release is live, so that any process knows it, also after a reboot.
 */
export function withEdgeOrDirect(runner: Runner): HostParts {
  const route: Route = {
    ensure: async () => [],
    current: readLive,
    status,
    check,
    prepare: (ctx) => prepare(ctx, runner),
    switchTo: (ctx, change) => switchTo(ctx, runner, change),
    canKeepAssets: async (_, { way }) => way === "edge",
    async drain(place, releases, drainMs, signal) {
      const ports = releases.map(({ binding }) => binding.port);
      const cut = ports.length === 0 ? null : await (await findEdge(place))?.drain(ports, drainMs, signal);
      return cut ? [cut] : [];
    },
    close,
    rebuild,
    restore,
  };
  return { runner, route };
}

const FILE = "serving.json";

export async function readLive(place: ServicePlace): Promise<LiveRelease | null> {
  const file = join(serviceDirectory(place), FILE);
  if ((await place.host.stat(file)) === null) return null;
  return LiveRelease.parse(JSON.parse((await place.host.readFile(file)).toString("utf8")));
}

async function writeLive(place: ServicePlace, live: LiveRelease): Promise<void> {
  await place.host.writeFile(join(serviceDirectory(place), FILE), JSON.stringify(live));
}

async function status(place: ServicePlace, live: LiveRelease | null): ReturnType<Route["status"]> {
  if (!live) return "closed";
  if (live.way === "direct") return "open";
  const edge = await findEdge(place);
  if (!edge) return "edge-down";
  const service = await edge.service(place.serviceName);
  return service?.slots[service.live] === live.binding.port ? "open" : "closed";
}

/** A domain needs Caddy. Without Caddy the person is warned, before anything changes, that a redeploy is an outage. */
async function check(ctx: PhaseContext, live: LiveRelease | null): Promise<void> {
  const edge = await findEdge(ctx);
  const routed = (await edge?.service(ctx.serviceName))?.publicPort;
  const isOwn = routed === ctx.spec.port || (live?.way === "direct" && live.publicPort === ctx.spec.port);
  if (!isOwn) await checkPortFree(ctx);
  if (edge || (await findCaddy(ctx, ctx.signal))) return;
  if (ctx.spec.domain !== null)
    throw new Problem("tool-missing", { params: { tool: "caddy" }, detail: `to serve ${ctx.spec.domain}` });
  if (live && !stopsFirst(ctx)) ctx.warn(new Problem("no-edge", { params: { target: ctx.host.label } }));
}

async function prepare(ctx: PhaseContext, runner: Runner): ReturnType<Route["prepare"]> {
  const edge = await ensureEdge(ctx, ctx.signal);
  const before = await readLive(ctx);
  const isLive = before?.releaseId === ctx.release.id;
  const privateBinding = isLive ? before.binding : await freeBinding(ctx, runner, edge);
  return { next: liveOf(ctx, edge ? privateBinding : null), private: privateBinding, before };
}

const ReachSettings = KeepAssetsSetting.extend({ bindAddress: BIND_ADDRESS, certificate: CERTIFICATE });

/** Behind an edge on a private binding, or bound to the public port itself. */
function liveOf({ release, spec }: Pick<PhaseContext, "release" | "spec">, behindEdge: Binding | null): LiveRelease {
  const { bindAddress = null, certificate, keepAssets } = ReachSettings.parse(spec.settings);
  return {
    releaseId: release.id,
    way: behindEdge ? "edge" : "direct",
    binding: behindEdge ?? { host: bindAddress ?? "0.0.0.0", port: spec.port },
    publicPort: spec.port,
    bindAddress,
    domain: spec.domain,
    certificate,
    ...(keepAssets && { keepsAssets: true }),
  };
}

/** The port of the slot that is not live, or any free port for a service's first release. */
async function freeBinding(ctx: PhaseContext, runner: Runner, edge: Edge | null): Promise<Binding> {
  const service = await edge?.service(ctx.serviceName);
  const host = "127.0.0.1";
  if (service) {
    const port = service.slots[service.live === "blue" ? "green" : "blue"];
    await endRetiring(ctx, runner, port);
    // Another program may have taken the port since; then the slot moves, which costs kept connections (decision 10).
    if (!(await isListening(ctx, { host, port }))) return { host, port };
  }
  return { host, port: await ctx.host.freePort() };
}

/** A release retired by an earlier deployment may still ignore TERM. Nothing is routed to it, and its port is needed. */
async function endRetiring(ctx: PhaseContext, runner: Runner, port: number): Promise<void> {
  const holders = (await runner.list(ctx)).filter(({ running, binding }) => running && binding.port === port);
  await Promise.all(holders.map(({ releaseId }) => runner.stop(ctx, releaseId, 0, ctx.signal)));
}

/**
 * Through the edge the next request finds the change in a file; a release that has the port itself must be stopped and
 * another started.
 */
async function switchTo(ctx: PhaseContext, runner: Runner, { next, before, bind }: Switch): Promise<void> {
  const isNew = before !== null && before.releaseId !== next.releaseId;
  if (isNew && before.way === "direct") await runner.stop(ctx, before.releaseId, HANDOVER_GRACE_MS);
  if (next.way !== "direct") return routeThroughEdge(ctx, await edgeOf(ctx), next);
  if (before?.way === "edge") await (await findEdge(ctx))?.remove(ctx.serviceName);
  await bind();
  await untilListening(ctx, runner, next, ctx.spec.health.portTimeoutMs);
  await writeLive(ctx, next);
}

async function edgeOf(ctx: ReleaseContext): Promise<Edge> {
  const edge = await ensureEdge(ctx, ctx.signal);
  if (!edge) throw new Problem("edge-failed", { detail: "Caddy is no longer on the host" });
  return edge;
}

/** Routes requests to a release that already listens on its private port. */
async function routeThroughEdge(place: ServicePlace, edge: Edge, next: LiveRelease): Promise<void> {
  const { serviceName: name } = place;
  const service = await edge.service(name);
  const { port } = next.binding;
  const slot = slotFor(service, port);
  const other: Slot = slot === "blue" ? "green" : "blue";
  const slots = { [slot]: port, [other]: service?.slots[other] ?? (await place.host.freePort()) };
  const { publicPort, bindAddress, domain, certificate, keepsAssets = false } = next;
  const reach = { publicPort, bindAddress, domain, certificate, keepsAssets };
  await edge.put({ name, ...reach, slots: { blue: port, green: port, ...slots } });
  await edge.goLive(name, slot);
  await writeLive(place, next);
}

/** The slot that has this port; else the one without traffic. */
function slotFor(service: Awaited<ReturnType<Edge["service"]>>, port: number): Slot {
  if (!service) return "blue";
  if (service.slots.green === port) return "green";
  if (service.slots.blue === port) return "blue";
  return service.live === "blue" ? "green" : "blue";
}

async function close(place: ServicePlace, live: LiveRelease | null): Promise<void> {
  const edge = await findEdge(place);
  if (edge && (await edge.service(place.serviceName))) await edge.remove(place.serviceName);
  // Starting Caddy again would load the old configuration.
  else if (live?.way === "edge" && edge === null)
    throw new Problem("edge-failed", { detail: "the edge does not answer" });
  await place.host.remove(join(serviceDirectory(place), FILE));
}

/** A lost record is rebuilt from the running release. A host that lost the release as well needs a deployment. */
const rebuild: Route["rebuild"] = async (ctx, found, types) => {
  if (!found) throw new Problem("release-gone", { detail: "the host has nothing of the release any more" });
  const live = withProcesses(liveOf(ctx, found.binding.port === ctx.spec.port ? null : found.binding), types);
  await writeLive(ctx, live);
  return { live, restored: ["record"] };
};

async function restore(ctx: ReleaseContext, live: LiveRelease): Promise<Restored[]> {
  const seen = await status(ctx, live);
  if (seen === "open") return [];
  const edge = await edgeOf(ctx);
  const restored: Restored[] = seen === "edge-down" ? ["edge"] : [];
  if ((await status(ctx, live)) === "open") return restored;
  await routeThroughEdge(ctx, edge, live);
  return [...restored, "way"];
}
