import type { Container, ContainerInspectInfo } from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import { hasStatus, unless } from "@/lib/platform/docker/engine-problem";
import type { ServicePlace } from "../driver";
import { baseLabels } from "./names";

export async function removeContainer(container: Container): Promise<void> {
  // `v` removes only anonymous volumes; named ones stay.
  const removed = unless([404], container.remove({ force: true, v: true }));
  try {
    await removed;
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    // Another process is removing it.
    await unless([404], container.wait({ condition: "removed" }));
  }
}

/** Null if there is none, or if the container of that name is not ours. */
export async function inspectOurs(container: Container, place: ServicePlace): Promise<ContainerInspectInfo | null> {
  const found = await unless([404], container.inspect());
  const labels = Object.entries(baseLabels(place));
  return found && labels.every(([name, value]) => found.Config.Labels[name] === value) ? found : null;
}

export function startFailed(error: unknown): unknown {
  if (!(error instanceof Problem) || error.code !== "engine-refused") return error;
  return new Problem("start-failed", { detail: error.detail, cause: error });
}
