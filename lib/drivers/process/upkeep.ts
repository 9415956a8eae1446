import type { Restored } from "@/lib/contracts/drift";
import { Problem } from "@/lib/contracts/problem";
import type { HostPlace, Inspection, OwnedThing, ReleaseContext, ReleaseRef, ServicePlace, Upkeep } from "../driver";
import { hasReleaseFiles } from "../plan/release-files";
import { releaseSpec } from "./start";
import { ensureSupervisor } from "./start-supervisor";
import { STATE_OF } from "./state";
import type { ServiceStatus } from "./supervisor/protocol";
import { findSupervisor } from "./supervisor-client";
import { readSupervisorState } from "./supervisor-state";

/** How a supervisor's services are looked after. */
export function processUpkeep(supervisorFile?: string): Upkeep {
  return { inspect, restore: (ctx) => restore(ctx, supervisorFile), inventory };
}

const NOTHING = { since: null, restarts: 0, exitCode: null, foreignArtifact: null };

async function inspect(place: ServicePlace, { id }: ReleaseRef): Promise<Inspection> {
  const supervisor = await findSupervisor(place);
  if (!supervisor) return { ...NOTHING, servingId: await listedId(place), state: "down", way: "supervisor-down" };
  const service = await supervisor.service(place.serviceName);
  const release = service?.releases.find((known) => known.id === id);
  const reach = { servingId: service?.current ?? null, way: wayOf(service) };
  if (!release) return { ...NOTHING, ...reach, state: "absent" };
  const { state, since, restarts, exitCode } = release;
  return { ...NOTHING, ...reach, state: STATE_OF[state], since, restarts, exitCode };
}

/** Which release its file says should serve, for when no supervisor is there to be asked. */
async function listedId(place: ServicePlace): Promise<string | null> {
  const { services } = await readSupervisorState(place);
  return services.find(({ name }) => name === place.serviceName)?.current ?? null;
}

function wayOf(service: ServiceStatus | null): Inspection["way"] {
  const serving = service?.releases.find(({ id }) => id === service.current);
  return serving && service?.port === serving.spec.publicPort ? "open" : "closed";
}

async function restore(ctx: ReleaseContext, supervisorFile?: string): Promise<Restored[]> {
  const restored: Restored[] = (await findSupervisor(ctx)) ? [] : ["supervisor"];
  // A new one brings back what its file says, so most often that is all.
  const supervisor = await ensureSupervisor(ctx, supervisorFile);
  const service = await supervisor.service(ctx.serviceName);
  const { id } = ctx.release;
  if (service && service.current !== null && service.current !== id) return restored;
  if (service?.current === id && wayOf(service) === "open") return restored;
  if (!(await hasReleaseFiles(ctx, ctx.release)))
    throw new Problem("release-gone", { detail: "its files are not on the host any more" });
  await supervisor.startRelease(ctx.serviceName, id, await releaseSpec(ctx));
  await supervisor.switchTo(ctx.serviceName, id, true);
  return [...restored, "release"];
}

/** What a supervisor runs. Folders are every driver's (folders.ts). */
async function inventory(place: HostPlace): Promise<OwnedThing[]> {
  const supervisor = await findSupervisor(place);
  const services = supervisor ? (await supervisor.status()).services : [];
  return services.map(({ name }) => ({
    id: `process:${name}`,
    kind: "process",
    name,
    serviceName: name,
    releaseId: null,
    bytes: null,
    // A supervisor has nobody's but its own base directory's.
    remove: async () => {
      await (await findSupervisor(place))?.removeService(name, 0);
    },
  }));
}
