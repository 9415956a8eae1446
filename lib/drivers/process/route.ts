import type { HostPlace, OwnedThing, ServicePlace } from "../driver";
import { checkPortFree } from "../phases/validate-host";
import { CHOSEN_LATER, type LiveRelease, liveBehindSupervisor, type Route, withProcesses } from "../route";
import { processOf } from "../runner";
import { reachOf } from "./runner";
import { ensureSupervisor, supervisorOf } from "./start-supervisor";
import { listStrays } from "./strays";
import type { ReleaseStatus, ServiceStatus } from "./supervisor/protocol";
import { askSupervisor, findSupervisor, readSupervisorState, serviceAmong } from "./supervisor-client";

/** The supervisor has the public port and is the proxy in front of its releases: draining a release also ends it. */
export function supervisorRoute(scriptFile?: string): Route {
  return {
    // A new supervisor starts everything in its file, so usually nothing else needs a repair.
    async ensure(ctx) {
      if (await findSupervisor(ctx)) return [];
      await ensureSupervisor(ctx, scriptFile);
      return ["supervisor"];
    },
    current,
    async status(place, live) {
      const running = await askSupervisor(place);
      if (!running) return "supervisor-down";
      return live !== null && leadsTo(live, serviceAmong(running.services, place)) ? "open" : "closed";
    },
    async check(ctx) {
      const service = serviceAmong((await askSupervisor(ctx))?.services ?? [], ctx);
      if (service?.port !== ctx.spec.port) await checkPortFree(ctx);
    },
    async prepare(ctx) {
      await ensureSupervisor(ctx, scriptFile);
      const { spec: _, ...next } = liveBehindSupervisor(ctx.release.id, reachOf(ctx));
      return { next, private: CHOSEN_LATER, before: await current(ctx) };
    },
    async switchTo(ctx, { next, evenIfDown }) {
      const supervisor = await ensureSupervisor(ctx, scriptFile);
      await supervisor.switchTo(ctx.serviceName, next.releaseId, evenIfDown);
    },
    canKeepAssets: async (place) => (await findSupervisor(place))?.keepsAssets === true,
    async drain(place, releases, drainMs, signal) {
      const supervisor = await findSupervisor(place);
      const cuts = releases.map(({ releaseId }) =>
        supervisor?.stopRelease(place.serviceName, releaseId, drainMs, { signal, evenIfServing: true }),
      );
      return (await Promise.all(cuts)).flatMap((cut) => cut ?? []);
    },
    async close(place) {
      const supervisor = await supervisorOf(place, scriptFile);
      const service = await supervisor?.service(place.serviceName);
      if (service?.current) await supervisor?.switchTo(place.serviceName, null);
    },
    async rebuild(ctx, _, types) {
      return { live: withProcesses(liveBehindSupervisor(ctx.release.id, reachOf(ctx)), types), restored: [] };
    },
    async restore(ctx, live, isNew) {
      const supervisor = await ensureSupervisor(ctx, scriptFile);
      if (leadsTo(live, await supervisor.service(ctx.serviceName))) return [];
      await supervisor.switchTo(ctx.serviceName, live.releaseId, true);
      // A supervisor that forgot a release also forgot its route: that counts as one loss.
      return isNew ? [] : ["way"];
    },
  };
}

/** Without a supervisor, its file shows which release must be live. */
async function current(place: ServicePlace): Promise<LiveRelease | null> {
  const running = await askSupervisor(place);
  const services = running?.services ?? (await readSupervisorState(place)).services;
  const service = serviceAmong<Known>(services, place);
  const release = service?.releases.find(({ id }) => id === service.current);
  if (!release) return null;
  const processes = processesOf(release.id, service?.releases ?? []);
  return { ...liveBehindSupervisor(release.id, release.spec, release.address ?? undefined), ...processes };
}

/** What a supervisor and its file both tell. */
type Known = Pick<ServiceStatus, "name" | "current"> & {
  releases: readonly (Pick<ReleaseStatus, "id" | "spec"> & Partial<Pick<ReleaseStatus, "address" | "kept">>)[];
};

/** The kept workers of the live release, by type. */
function processesOf(releaseId: string, releases: Known["releases"]): Pick<LiveRelease, "processes"> {
  const counts = new Map<string, number>();
  for (const { id, kept } of releases) {
    const found = processOf(id);
    if (!kept || found?.releaseId !== releaseId || !found.worker) continue;
    const { type, copy } = found.worker;
    counts.set(type, Math.max(counts.get(type) ?? 0, copy));
  }
  return counts.size === 0 ? {} : { processes: [...counts].map(([type, replicas]) => ({ type, replicas })) };
}

function leadsTo({ releaseId, publicPort }: LiveRelease, service: ServiceStatus | null | undefined): boolean {
  return service?.current === releaseId && service.port === publicPort;
}

/** The services that a supervisor runs, and what they left. Their folders are listed for every driver (inventory/folders.ts). */
export async function inventory(place: HostPlace): Promise<OwnedThing[]> {
  const services = (await askSupervisor(place))?.services ?? [];
  const strays = await listStrays(place, services);
  const running = services.map(({ name }) => ({
    id: `process:${name}`,
    kind: "process" as const,
    name,
    serviceName: name,
    releaseId: null,
    bytes: null,
    // A supervisor has only the services of its own base directory.
    remove: async () => {
      await (await findSupervisor(place))?.removeService(name, 0);
    },
  }));
  return [...running, ...strays];
}
