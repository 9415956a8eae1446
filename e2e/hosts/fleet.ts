/* The hosts as Docker containers: created, restarted, removed. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { HostName } from "./facts";
import { hostCount } from "./host-count.mjs";
import { runCommand, succeeds } from "./run-command.mjs";

export const fleet: readonly { name: HostName; address: string; insideAddress: string }[] = Array.from(
  { length: hostCount },
  (_, index) => ({
    name: `web-${index + 1}` as const,
    address: `127.0.0.${index + 11}`,
    insideAddress: `198.18.77.${index + 11}`,
  }),
);

const NETWORK = "landfall-test";
const BRIDGE = "br-landfall";
/** In the range that is reserved for test equipment, so it is no one's own network. */
const SUBNET = "198.18.77.0/24";
const LABEL = "landfall-test.recipe";

/** A server controls its devices, clocks and firewall. Not `--privileged`: some kernels withhold a part of that. */
const CAPABILITIES = [
  "SYS_ADMIN",
  "NET_ADMIN",
  "SYS_PTRACE",
  "SYS_MODULE",
  "SYS_NICE",
  "SYS_TIME",
  "IPC_LOCK",
  "DAC_READ_SEARCH",
  "SYSLOG",
];

export function containerOf(name: HostName): string {
  return `landfall-test-${name}`;
}

export async function startHosts(image: string): Promise<void> {
  await runCommand(["docker", "network", "create", `--subnet=${SUBNET}`, "--opt", bridgeName, NETWORK]);
  const started = await Promise.allSettled(fleet.map((host) => runCommand(runArguments(image, host))));
  for (const start of started) if (start.status === "rejected") throw start.reason;
  await openAddresses(image);
}

/** Also removes what a killed run left, and partly created hosts. */
export async function removeHosts(image: string): Promise<void> {
  await succeeds(["docker", "rm", "--force", "--volumes", ...fleet.map(({ name }) => containerOf(name))]);
  await onMachine(image, CLOSE);
  await succeeds(["docker", "network", "rm", NETWORK]);
}

/** The recipe of the running hosts; undefined when one of them does not run. */
export async function runningRecipe(): Promise<string | undefined> {
  const format = `{{.State.Running}} {{index .Config.Labels "${LABEL}"}}`;
  const inspect = ["docker", "inspect", "--format", format, ...fleet.map(({ name }) => containerOf(name))];
  const seen = await runCommand(inspect).catch(() => "none");
  const [recipe, ...others] = new Set(seen.trim().split("\n"));
  return others.length === 0 && recipe?.startsWith("true ") ? recipe.slice("true ".length) : undefined;
}

export function recipeOf(image: string): string {
  const facts = JSON.stringify(fleet.map((host) => runArguments(image, host, "")));
  return createHash("sha256").update(facts).update(OPEN).digest("hex").slice(0, 16);
}

const bridgeName = `com.docker.network.bridge.name=${BRIDGE}`;

function runArguments(image: string, host: (typeof fleet)[number], recipe = recipeOf(image)): string[] {
  return [
    ...["docker", "run", "--detach", "--name", containerOf(host.name), "--hostname", host.name],
    ...["--label", `${LABEL}=${recipe}`, "--network", NETWORK, "--ip", host.insideAddress],
    ...CAPABILITIES.flatMap((capability) => ["--cap-add", capability]),
    ...["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"],
    // A separate tree of control groups, so that nothing of it stays on this machine.
    ...["--cgroupns", "private", "--stop-signal", "SIGRTMIN+3", "--stop-timeout", "30"],
    ...["--tmpfs", "/run", "--tmpfs", "/run/lock", "--volume", "/var/lib/docker"],
    ...["--env", `NAMESERVERS=${nameservers()}`, image],
  ];
}

/** Name servers that a container can reach too, as JSON strings. */
function nameservers(): string {
  const lines = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"].flatMap((file) => {
    try {
      return readFileSync(file, "utf8").split("\n");
    } catch {
      return []; // not every machine has both files
    }
  });
  const found = lines.flatMap((line) => /^nameserver\s+(\d[\d.]+)/.exec(line)?.[1] ?? []);
  return [...new Set(found.filter((server) => !server.startsWith("127.")))].map((server) => `"${server}"`).join(", ");
}

/**
 * Forwards every port of a host at its loopback address. Not published ports: Docker's own forwarder accepts
 * connections before it knows whether a program listens, so a closed port looks open and a cut network looks alive.
 */
const CLOSE = `
while iptables -w -t nat -D OUTPUT -j LANDFALL-TEST 2>/dev/null; do :; done
while iptables -w -t nat -D POSTROUTING -o ${BRIDGE} -s 127.0.0.0/8 -j MASQUERADE 2>/dev/null; do :; done
iptables -w -t nat -F LANDFALL-TEST 2>/dev/null
iptables -w -t nat -X LANDFALL-TEST 2>/dev/null
true
`;

const OPEN = `${CLOSE}
set -e
iptables -w -t nat -N LANDFALL-TEST
${fleet
  .map(
    ({ address, insideAddress }) => `iptables -w -t nat -A LANDFALL-TEST -d ${address} -j DNAT --to ${insideAddress}`,
  )
  .join("\n")}
iptables -w -t nat -I OUTPUT -j LANDFALL-TEST
iptables -w -t nat -I POSTROUTING -o ${BRIDGE} -s 127.0.0.0/8 -j MASQUERADE
echo 1 >/proc/sys/net/ipv4/conf/${BRIDGE}/route_localnet
`;

function openAddresses(image: string): Promise<void> {
  return onMachine(image, OPEN);
}

/** As root in this machine's network, which a user of Docker need not be otherwise. */
async function onMachine(image: string, script: string): Promise<void> {
  const rights = ["--network", "host", "--cap-add", "NET_ADMIN", "--security-opt", "systempaths=unconfined"];
  await runCommand(["docker", "run", "--rm", ...rights, image, "sh", "-c", script]);
}
