import type Docker from "dockerode";
import type { HostPlace } from "../driver";
import { hasStatus, unless } from "./engine-problem";
import { baseLabels, networkName, withLabels } from "./names";

/** The network of a base directory: its services find each other in it by name. Answers with the network's name. */
export async function ensureNetwork(engine: Docker, place: HostPlace): Promise<string> {
  const name = networkName(place);
  const found = await engine.listNetworks({ filters: withLabels(baseLabels(place)) });
  if (found.length > 0) return name;
  try {
    await engine.createNetwork({ Name: name, CheckDuplicate: true, Labels: baseLabels(place) });
  } catch (error) {
    // Another deployment was a moment faster.
    if (!hasStatus(error, 409)) throw error;
  }
  return name;
}

/** Once no service of the base directory has a container any more, stopped ones included: they would miss it. */
export async function removeUnusedNetwork(engine: Docker, place: HostPlace): Promise<void> {
  const filters = withLabels(baseLabels(place));
  const containers = await engine.listContainers({ all: true, filters });
  if (containers.length > 0) return;
  for (const { Id } of await engine.listNetworks({ filters })) {
    // 403: something else was connected to it by hand.
    await unless([403, 404, 409], engine.getNetwork(Id).remove());
  }
}
