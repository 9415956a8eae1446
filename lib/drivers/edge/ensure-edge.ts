import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@/lib/contracts/problem";
import { ENGINE_SOCKET, openEngine } from "@/lib/platform/docker/engine";
import { unless } from "@/lib/platform/docker/engine-problem";
import { causeAmong } from "../cause";
import type { HostPlace } from "../driver";
import { type Caddy, edgeCommand, edgeEnvironment, edgeUnit, findCaddy, runEdgeContainer } from "./caddy";
import { Edge, edgeLayout } from "./edge";
import { NO_APPS } from "./edge-config";

const START_MS = 15_000;
const POLL_MS = 30;
const LOG_LINES = 10;

/** The edge of a base directory, or null if none answers. */
export async function findEdge(place: HostPlace): Promise<Edge | null> {
  const edge = new Edge(place);
  return (await edge.isUp()) ? edge : null;
}

/** The edge of a base directory; starts it if none answers. Null on a host without Caddy. Throws `edge-failed`. */
export async function ensureEdge(place: HostPlace, signal?: AbortSignal): Promise<Edge | null> {
  const running = await findEdge(place);
  if (running) return running;
  const caddy = await findCaddy(place, signal);
  if (!caddy) return null;
  await prepare(place, signal);
  await start(place, caddy, signal);
  return untilUp(place, caddy, signal);
}

/** Arguments: the edge's folders. The second may be in /tmp, where anyone could have created it first: it must be ours. */
const MAKE = `
set -e
mkdir -p -m 700 -- "$1" "$2"
for folder; do
  [ ! -L "$folder" ] && [ -O "$folder" ] || { echo "$folder is not ours: remove it" >&2; exit 1; }
  chmod 700 -- "$folder"
done
`;

async function prepare(place: HostPlace, signal?: AbortSignal): Promise<void> {
  const { directory, socketDirectory, socket, initialConfig } = edgeLayout(place);
  const made = await place.host.run({ args: ["sh", "-c", MAKE, "sh", directory, socketDirectory] }, { signal });
  if (made.exitCode !== 0) throw new Problem("edge-failed", { detail: made.stderr.trim() });
  const config = { admin: { listen: `unix/${socket}`, origins: ["localhost"] }, apps: NO_APPS };
  await place.host.writeFile(initialConfig, JSON.stringify(config), { mode: 0o600 });
}

async function start(place: HostPlace, caddy: Caddy, signal?: AbortSignal): Promise<void> {
  const layout = edgeLayout(place);
  if (caddy.kind === "container") return runEdgeContainer(place, caddy.image);
  if (caddy.kind === "detached") {
    const args = ["flock", "-n", layout.lock, ...edgeCommand(layout, caddy.binary)] as const;
    await place.host.spawnDetached(
      { args: [...args], env: edgeEnvironment(layout), cwd: "/" },
      { logFile: layout.log },
    );
    return;
  }
  const unit = `${layout.name}.service`;
  await place.host.writeFile(`/etc/systemd/system/${unit}`, edgeUnit(layout, caddy.binary));
  const script = 'systemctl daemon-reload && systemctl reset-failed "$1" 2>/dev/null; systemctl enable --now -- "$1"';
  const started = await place.host.run({ args: ["sh", "-c", script, "sh", unit] }, { signal });
  if (started.exitCode !== 0) {
    const cause = causeAmong(await lastOutput(place, caddy));
    throw new Problem("edge-failed", { detail: cause?.text ?? started.stderr.trim() });
  }
}

async function untilUp(place: HostPlace, caddy: Caddy, signal?: AbortSignal): Promise<Edge> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    const edge = await findEdge(place);
    if (edge) return edge;
    if (performance.now() > deadline) {
      const cause = causeAmong(await lastOutput(place, caddy));
      throw new Problem("edge-failed", { detail: cause?.text ?? "Caddy did not start" });
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function lastOutput({ host, base }: HostPlace, { kind }: Caddy): Promise<string[]> {
  const { name, log } = edgeLayout({ base });
  const args: Record<Caddy["kind"], [string, ...string[]]> = {
    unit: ["journalctl", "--no-pager", "-o", "cat", "-n", String(LOG_LINES), "-u", name],
    detached: ["tail", "-n", String(LOG_LINES), log],
    container: ["docker", "logs", "--tail", String(LOG_LINES), name],
  };
  const { stdout, stderr } = await host.run({ args: args[kind] });
  return (stdout || stderr).trim().split("\n");
}

/** Arguments: the unit, the lock of a detached edge, the edge's folders. */
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
# The detached edge and its children have the lock open.
for held in /proc/[0-9]*/fd/*; do
  [ "$(readlink -- "$held" 2>/dev/null)" = "$lock" ] || continue
  pid=\${held#/proc/}
  kill -TERM "\${pid%%/*}" 2>/dev/null || :
done
rm -rf -- "$@"
`;

/** Stops the edge of a base directory, however it runs, and removes all of it from the host. Nothing there is success. */
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
