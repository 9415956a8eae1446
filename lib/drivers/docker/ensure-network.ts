import { join } from "node:path";
import type Docker from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import type { HostPlace } from "../driver";
import { ENGINE_SOCKET } from "./engine";
import { unless } from "./engine-problem";
import { baseLabels, networkName, withLabels } from "./names";

/** Arguments: a file to lock, the network, its labels. */
const CREATE = `
file=$1 name=$2
shift 2
exec 9>"$file"
flock 9
docker network inspect "$name" >/dev/null 2>&1 || docker network create "$@" "$name"
`;

/** The network of a base directory: its services find each other in it by name. Answers with the network's name. */
export async function ensureNetwork(engine: Docker, place: HostPlace, signal: AbortSignal): Promise<string> {
  const name = networkName(place);
  const found = await engine.listNetworks({ filters: withLabels(baseLabels(place)) });
  if (found.length === 0) await createNetwork(place, name, signal);
  return name;
}

/** Under a lock: asked twice at the same moment, an engine makes two of one name, and then starts nothing in either. */
async function createNetwork({ host, base }: HostPlace, name: string, signal: AbortSignal): Promise<void> {
  await host.makeDirectory(base);
  const labels = Object.entries(baseLabels({ base })).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
  const args = ["sh", "-c", CREATE, "sh", join(base, ".network.lock"), name, ...labels] as const;
  const env = { DOCKER_HOST: `unix://${ENGINE_SOCKET}` };
  const { exitCode, stderr } = await host.run({ args, env }, { signal });
  if (exitCode !== 0) throw new Problem("start-failed", { detail: stderr.trim() });
}

/** Once no service of the base directory has a container any more, stopped ones included: they would miss it. */
export async function removeUnusedNetwork(engine: Docker, place: HostPlace): Promise<void> {
  const filters = withLabels(baseLabels(place));
  const containers = await engine.listContainers({ all: true, filters });
  if (containers.length > 0) return;
  for (const { Id } of await engine.listNetworks({ filters })) await removeNetwork(engine, Id);
}

async function removeNetwork(engine: Docker, id: string): Promise<void> {
  // 403: something is connected to it.
  await unless([403, 404, 409], engine.getNetwork(id).remove());
}
