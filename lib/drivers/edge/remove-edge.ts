import { Problem } from "@/lib/contracts/problem";
import { ENGINE_SOCKET, openEngine } from "@/lib/platform/docker/engine";
import { unless } from "@/lib/platform/docker/engine-problem";
import type { HostPlace } from "../driver";
import { edgeLayout } from "./edge-layout";

/** Arguments: the unit, the lock that a detached one holds, its folders. */
const REMOVE = `
set -eu
unit=$1 lock=$2
shift 2
if [ -e "/etc/systemd/system/$unit" ]; then
  systemctl disable --quiet --now -- "$unit"
  rm -rf -- "/etc/systemd/system/$unit" "/etc/systemd/system/$unit.d"
  systemctl daemon-reload
  systemctl reset-failed -- "$unit" 2>/dev/null || :
fi
# Who holds it, and what that started, has it open.
for held in /proc/[0-9]*/fd/*; do
  [ "$(readlink -- "$held" 2>/dev/null)" = "$lock" ] || continue
  pid=\${held#/proc/}
  kill -TERM "\${pid%%/*}" 2>/dev/null || :
done
rm -rf -- "$@"
`;

/** Stops the edge of a base directory, however it runs, and takes all of it off the host. Nothing there is success. */
export async function removeEdge(place: HostPlace): Promise<void> {
  const { name, lock, directory, socketDirectory } = edgeLayout(place);
  if ((await place.host.stat(ENGINE_SOCKET)) !== null) await removeContainer(place, name);
  const args = ["sh", "-c", REMOVE, "sh", `${name}.service`, lock, directory, socketDirectory] as const;
  const { exitCode, stderr } = await place.host.run({ args });
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "systemctl" }, detail: stderr.trim() });
}

async function removeContainer({ host }: HostPlace, name: string): Promise<void> {
  const engine = await openEngine(host, { patienceMs: 0 });
  const found = await engine.listContainers({ all: true, filters: { label: [`landfall.edge=${name}`] } });
  for (const { Id } of found) await unless([404], engine.getContainer(Id).remove({ force: true, v: true }));
}
