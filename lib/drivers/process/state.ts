import type { RuntimeState } from "@/lib/contracts/service";
import type { ServicePlace } from "../driver";
import type { CandidateState } from "../phases/candidate";
import type { ReleaseStatus, ServiceStatus } from "./supervisor/protocol";
import { findSupervisor } from "./supervisor-client";
import { readSupervisorState } from "./supervisor-state";

export const STATE_OF: Record<ReleaseStatus["state"], RuntimeState["state"]> = {
  starting: "starting",
  running: "running",
  restarting: "restarting",
  exited: "down",
  stopping: "down",
};

/** What the supervisor says of the release that serves; without a supervisor, what its file says should run. */
export async function runtimeState(place: ServicePlace): Promise<RuntimeState> {
  const supervisor = await findSupervisor(place);
  const service = supervisor ? await supervisor.service(place.serviceName) : null;
  const release = service?.releases.find(({ id }) => id === service.current);
  if (release) {
    const { id, state, since, restarts, exitCode } = release;
    return { state: STATE_OF[state], releaseId: id, since, restarts, exitCode };
  }
  const listed = supervisor
    ? undefined
    : (await readSupervisorState(place)).services.find(({ name }) => name === place.serviceName);
  const releaseId = listed?.current ?? null;
  return { state: releaseId === null ? "absent" : "down", releaseId, since: null, restarts: 0, exitCode: null };
}

/** Does the supervisor run it, or will the next one start it? */
export async function isReleaseInUse(place: ServicePlace, releaseId: string): Promise<boolean> {
  const supervisor = await findSupervisor(place);
  const service = await supervisor?.service(place.serviceName);
  if (supervisor) return service?.releases.some(({ id }) => id === releaseId) ?? false;
  const { services } = await readSupervisorState(place);
  return services.some(({ name, current }) => name === place.serviceName && current === releaseId);
}

/** A release as Verify Health sees it. */
export function candidateState(service: ServiceStatus | null, releaseId: string): CandidateState {
  const release = service?.releases.find(({ id }) => id === releaseId);
  if (!release) return { address: null, exited: { exitCode: null, signal: "it is gone" }, serves: false, restarts: 0 };
  const { address, state, exitCode, signal, restarts } = release;
  return {
    address,
    exited: state === "exited" ? { exitCode, signal } : null,
    serves: service?.current === releaseId,
    restarts,
  };
}
