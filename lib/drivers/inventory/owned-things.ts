import { Problem } from "@/lib/contracts/problem";
import { forgetClosing } from "../docker/network";
import type { HostPlace, OwnedThing } from "../driver";
import { findEdge, removeEdge } from "../edge/ensure-edge";
import { forgetUsers } from "../process/supervisor/cage";
import { ADDRESS_FILE, LOCK_FILE, STATE_FILE } from "../process/supervisor/protocol";
import { findSupervisor } from "../process/supervisor-client";
import { allDrivers } from "../registry";
import { listFolders } from "./folders";

/** Everything of ours on a host, of all drivers. If one of them fails, the others are still listed. */
export async function listOwned(place: HostPlace): Promise<{ things: OwnedThing[]; problems: Problem[] }> {
  const lists = [listFolders, listRoutes, ...allDrivers().flatMap(({ upkeep }) => upkeep?.inventory ?? [])];
  const results = await Promise.allSettled(lists.map((list) => list(place)));
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  return {
    things: results.flatMap((result) => (result.status === "fulfilled" ? result.value : [])),
    problems: failures.map((cause) => (cause instanceof Problem ? cause : new Problem("command-failed", { cause }))),
  };
}

/** The services that have a public port at the edge, which serves only its own base directory. */
async function listRoutes(place: HostPlace): Promise<OwnedThing[]> {
  const services = (await (await findEdge(place))?.services()) ?? [];
  return services.map(({ name, publicPort, domain }) => ({
    id: `edge-route:${name}`,
    kind: "edge-route",
    name: `:${publicPort}${domain === null ? "" : ` ${domain}`}`,
    serviceName: name,
    releaseId: null,
    bytes: null,
    remove: async () => (await findEdge(place))?.remove(name),
  }));
}

/** Arguments: the base directory, and our names in it. Everything else, above all people's data, stays. */
const REMOVE = `
set -eu
base=$1
shift
[ -d "$base" ] || exit 0
cd -- "$base"
rm -rf -- "$@"
# Any Landfall holds this lock while it creates or removes users.
lock=/run/landfall-users.lock
[ ! -e "$lock" ] || flock -n "$lock" rm -f -- "$lock" || :
cd /
rmdir -- "$base" 2>/dev/null || exit 0
# Created together with the base directory (/opt/landfall/services).
parent=$(dirname -- "$base")
[ "$(basename -- "$parent")" != landfall ] || rmdir -- "$parent" 2>/dev/null || :
`;
const OURS = [
  ".supervisor",
  ".docker",
  ".network.lock",
  ADDRESS_FILE,
  STATE_FILE,
  LOCK_FILE,
  "supervisor.sock",
] as const;

/**
 * Removes what the services of a base directory shared on the host: the edge, the supervisor, networks, the folder.
 * Throws `target-in-use` and removes nothing while a service's resources exist: they may belong to another Landfall.
 */
export async function clearHost(place: HostPlace): Promise<void> {
  const { things, problems } = await listOwned(place);
  if (problems[0]) throw problems[0];
  const used = things.find(({ serviceName, kind }) => serviceName !== null && kind !== "volume");
  if (used) throw new Problem("target-in-use", { detail: `${used.kind} ${used.name} is still there` });
  for (const thing of things) if (thing.serviceName === null) await thing.remove();
  await forgetClosing(place);
  await (await findSupervisor(place))?.shutDown();
  await removeEdge(place);
  await run(place, forgetUsers(place.base));
  await run(place, ["sh", "-c", REMOVE, "sh", place.base, ...OURS]);
}

async function run({ host }: HostPlace, args: readonly [string, ...string[]]): Promise<void> {
  const { exitCode, stderr } = await host.run({ args });
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "rm" }, detail: stderr.trim() });
}
