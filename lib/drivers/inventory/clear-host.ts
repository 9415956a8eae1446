import { Problem } from "@/lib/contracts/problem";
import { forgetClosing } from "../docker/ensure-network";
import type { HostPlace } from "../driver";
import { removeEdge } from "../edge/remove-edge";
import { forgetUsers } from "../process/supervisor/cage";
import { ADDRESS_FILE, LOCK_FILE, STATE_FILE } from "../process/supervisor/protocol";
import { findSupervisor } from "../process/supervisor-client";
import { listOwned } from "./list-owned";

/** Arguments: the base directory, and what is ours in it. What else is there, people's data first of all, stays. */
const REMOVE = `
set -eu
base=$1
shift
[ -d "$base" ] || exit 0
cd -- "$base"
rm -rf -- "$@"
# Held while users are made or taken away, by any Landfall.
lock=/run/landfall-users.lock
[ ! -e "$lock" ] || flock -n "$lock" rm -f -- "$lock" || :
cd /
rmdir -- "$base" 2>/dev/null || exit 0
# Made with it where it was not there (/opt/landfall/services).
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
 * Takes off the host what the services of a base directory shared: the edge, the supervisor, networks, the folder. Throws
 * `target-in-use`, and touches nothing, while anything of a service is there: it may be another Landfall's.
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
