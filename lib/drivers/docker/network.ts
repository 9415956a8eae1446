import { join } from "node:path";
import type Docker from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import { FORMER_PORTS, METADATA_LINES, METADATA_PORTS } from "@/lib/hosts/metadata-addresses";
import { ENGINE_SOCKET } from "@/lib/platform/docker/engine";
import { unless } from "@/lib/platform/docker/engine-problem";
import type { HostPlace } from "../driver";
import { baseId } from "../release-layout";
import { commandWord } from "../unit-syntax";
import { baseLabels, networkName, withLabels } from "./names";

/** Arguments: a file to lock, the network, its labels. */
const CREATE = `
file=$1 name=$2
shift 2
exec 9>"$file"
flock 9
docker network inspect "$name" >/dev/null 2>&1 || docker network create "$@" "$name"
`;

/**
 * A cloud gives the machine's credentials to every program on the machine that asks its metadata address. Firewall rules
 * keep the containers of these networks from it. The rules are lost at a reboot and the containers start before Landfall
 * does, so they are a script on the host that systemd runs before Docker. Docker keeps the rules it finds in this chain.
 */
const RULES = `
for subnet in $subnets; do
  while read -r tool address; do
    case $subnet in *:*) of=ip6tables ;; *) of=iptables ;; esac
    [ "$tool" = "$of" ] || continue
    "$tool" -w 2 -N DOCKER-USER 2>/dev/null
    set -- DOCKER-USER -s "$subnet" -p tcp -d "$address" ${METADATA_PORTS} -j REJECT
    "$tool" -w 2 -C "$@" 2>/dev/null || "$tool" -w 2 -I "$@" || exit
  done <<END
${METADATA_LINES}
END
done
`;

/**
 * Arguments: the script, the unit and its content, the network. BuildKit always builds in Docker's default network, so
 * where there is BuildKit that network is closed as well.
 */
const CLOSE_METADATA = `
set -e
program=$1 unit=$2 content=$3 network=$4
default=
if docker buildx version >/dev/null 2>&1; then default=bridge; fi
subnets=$(docker network inspect --format '{{range .IPAM.Config}}{{.Subnet}} {{end}}' "$network" $default | tr -d '\\n')
umask 077
{ printf 'subnets="%s"\\n' "$subnets"; cat; } >"$program.$$"
mv -- "$program.$$" "$program"
sh "$program"
[ -d /run/systemd/system ] || exit 0
[ "$(cat "/etc/systemd/system/$unit" 2>/dev/null)" = "$content" ] || {
  (umask 022; printf '%s\\n' "$content" >"/etc/systemd/system/$unit")
  systemctl daemon-reload
}
systemctl --quiet enable "$unit"
`;

/** Arguments: subnets that are not in use any more, and may be assigned to another network. */
const OPEN_METADATA = `
for subnet; do
  while read -r tool address; do
    for ports in "${METADATA_PORTS}" "${FORMER_PORTS}"; do
      set -- DOCKER-USER -s "$subnet" -p tcp -d "$address" $ports -j REJECT
      while "$tool" -w 2 -D "$@" 2>/dev/null; do :; done
    done
  done <<END
${METADATA_LINES}
END
done
`;

/** Arguments: the script and the unit. The default network stays closed while any Landfall is on the host. */
const FORGET_CLOSING = `
subnets=$(sed -n 's/^subnets="\\(.*\\)"$/\\1/p' "$1" 2>/dev/null)
rm -f -- "$1"
[ ! -e "/etc/systemd/system/$2" ] || {
  systemctl --quiet disable --now "$2"
  rm -f -- "/etc/systemd/system/$2"
  systemctl daemon-reload
}
[ -z "$(ls /etc/systemd/system/landfall-metadata-*.service 2>/dev/null)" ] || exit 0
set -- $subnets
${OPEN_METADATA}
`;

const closingProgram = ({ base }: Pick<HostPlace, "base">) => join(base, ".close-metadata.sh");
const closingUnit = (place: Pick<HostPlace, "base">) => `landfall-metadata-${baseId(place)}.service`;

function unitContent(place: Pick<HostPlace, "base">): string {
  return `[Unit]
Description=Landfall: containers do not ask the machine's metadata address
Before=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh ${commandWord(closingProgram(place))}

[Install]
WantedBy=multi-user.target`;
}

/** Without systemd, the first deployment after this time closes a host again that was rebooted. */
const CLOSED_FOR_MS = 5 * 60_000;
const closedAt = new Map<string, number>();

/** A host without a firewall stays open (docs/security.md). */
async function closeMetadata(place: HostPlace, network: string, signal: AbortSignal): Promise<void> {
  const { host, base } = place;
  const known = `${host.label} ${base}`;
  if (performance.now() - (closedAt.get(known) ?? Number.NEGATIVE_INFINITY) < CLOSED_FOR_MS) return;
  const env = { DOCKER_HOST: `unix://${ENGINE_SOCKET}` };
  const args = [closingProgram(place), closingUnit(place), unitContent(place), network];
  const { exitCode } = await host.run(
    { args: ["sh", "-c", CLOSE_METADATA, "sh", ...args], env },
    { signal, stdin: RULES },
  );
  if (exitCode === 0) closedAt.set(known, performance.now());
}

/** Creates the network of a base directory, in which its services find each other by name. Returns its name. */
export async function ensureNetwork(engine: Docker, place: HostPlace, signal: AbortSignal): Promise<string> {
  const name = networkName(place);
  const found = await engine.listNetworks({ filters: withLabels(baseLabels(place)) });
  if (found.length === 0) {
    await createNetwork(place, name, signal);
    closedAt.delete(`${place.host.label} ${place.base}`);
  }
  await closeMetadata(place, name, signal);
  return name;
}

/** Under a lock: of two concurrent requests Docker creates two networks of one name, and starts nothing in either. */
async function createNetwork({ host, base }: HostPlace, name: string, signal: AbortSignal): Promise<void> {
  await host.makeDirectory(base);
  const labels = Object.entries(baseLabels({ base })).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
  const args = ["sh", "-c", CREATE, "sh", join(base, ".network.lock"), name, ...labels] as const;
  const env = { DOCKER_HOST: `unix://${ENGINE_SOCKET}` };
  const { exitCode, stderr } = await host.run({ args, env }, { signal });
  if (exitCode !== 0) throw new Problem("start-failed", { detail: stderr.trim() });
}

/** Only if no service of the base directory has a container: even a stopped one needs its network. */
export async function removeUnusedNetwork(engine: Docker, place: HostPlace): Promise<void> {
  const filters = withLabels(baseLabels(place));
  const containers = await engine.listContainers({ all: true, filters });
  if (containers.length > 0) return;
  for (const { Id } of await engine.listNetworks({ filters })) {
    // 403: a container is connected to it.
    await unless([403, 409], removeNetwork(engine, place, Id));
  }
  await forgetClosing(place);
}

/** Removes the script and unit that close the metadata address. Nothing there is success. */
export async function forgetClosing(place: HostPlace): Promise<void> {
  await place.host.run({ args: ["sh", "-c", FORGET_CLOSING, "sh", closingProgram(place), closingUnit(place)] });
  closedAt.delete(`${place.host.label} ${place.base}`);
}

/** Removes the network and its firewall rules. Nothing there is success. */
export async function removeNetwork(engine: Docker, { host }: HostPlace, id: string): Promise<void> {
  const network = engine.getNetwork(id);
  const found = await unless([404], network.inspect() as Promise<Docker.NetworkInspectInfo>);
  await unless([404], network.remove());
  const subnets = (found?.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);
  await host.run({ args: ["sh", "-c", OPEN_METADATA, "sh", ...subnets] });
}
