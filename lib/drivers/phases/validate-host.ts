import { BlockList, isIP } from "node:net";
import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import type { PhaseContext } from "../driver";
import { describeProbe, probe } from "../probe";
import { BIND_ADDRESS } from "../setting-shapes";
import { diskFull } from "./room";

/** With less than this, a build or a log would soon fill the disk for every service on the host. */
const MIN_FREE_BYTES = 256 * 1024 * 1024;

/** The free bytes where services are stored on the host, or at another path. Throws `disk-full`. */
export async function checkDisk(ctx: PhaseContext, path = ctx.base): Promise<number> {
  const free = await ctx.host.diskFreeBytes(path);
  if (free < MIN_FREE_BYTES) throw diskFull(free, MIN_FREE_BYTES);
  return free;
}

/** Both families: one line per socket, with the address it is bound to, its port and its state in hexadecimal digits. */
const SOCKETS = "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null || :";
const LISTENING = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ 0A /;

/** Must come before any request to that address. See `checkOwnAddress`. */
export async function checkBindAddress({ host, spec, signal }: PhaseContext): Promise<void> {
  await checkOwnAddress(host, BoundSettings.parse(spec.settings).bindAddress, signal);
}

/**
 * Throws `port-in-use` when a program listens on the service's public port, on any of the addresses the service would
 * listen on. Never call it while this service itself listens there.
 */
export async function checkPortFree({ host, spec, signal }: PhaseContext): Promise<void> {
  await checkAddressFree(
    host,
    { address: BoundSettings.parse(spec.settings).bindAddress ?? null, port: spec.port },
    signal,
  );
}

/** The same for one address, or for all of a host's when it is null. */
export async function checkAddressFree(
  host: Host,
  { address, port }: { address: string | null; port: number },
  signal = new AbortController().signal,
): Promise<void> {
  const { stdout } = await host.run({ args: ["sh", "-c", SOCKETS] }, { signal });
  const bound = listeners(stdout, port);
  // A service with a bind address does not conflict with a program on another address.
  const isTaken = address
    ? bound.some((other) => ANY.has(other) || other === address) ||
      (await isListening({ host, signal }, { host: address, port }))
    : bound.length > 0 || (await isListening({ host, signal }, { host: "127.0.0.1", port }));
  if (isTaken) throw new Problem("port-in-use", { params: { port }, detail: detailOf(bound) });
}

const BoundSettings = z.looseObject({ bindAddress: BIND_ADDRESS });
const ANY = new Set(["0.0.0.0", "::"]);

/** The addresses on which programs listen on a port, from Linux's list of sockets. */
export function listeners(sockets: string, port: number): string[] {
  return sockets.split("\n").flatMap((line) => {
    const [, address = "", hex = ""] = LISTENING.exec(line) ?? [];
    return hex !== "" && Number.parseInt(hex, 16) === port ? [addressOf(address)] : [];
  });
}

/** Linux prints each word of four bytes in the machine's order, which is reversed. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).toReversed());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => bytes.slice(2 * index, 2 * index + 2).join(""));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

function detailOf(bound: readonly string[]): string | undefined {
  return bound.length === 0 ? undefined : `something listens on ${bound.join(", ")}`;
}

/**
 * Probes a changed health path on the live release before anything is built: it may be a typing error. Only logged, because
 * the new release may be the first one with this path.
 */
export async function askHealthPath(ctx: PhaseContext): Promise<void> {
  const { previous, spec, host, signal } = ctx;
  if (ctx.kind !== "deploy" || !previous || previous.spec.healthPath === spec.healthPath) return;
  if (spec.healthPathChosen === false) return;
  const { bindAddress } = BoundSettings.parse(previous.spec.settings);
  // The address may belong to another machine by now.
  if (!(await isOwnAddress(host, bindAddress, signal))) return;
  const address = { port: previous.spec.port, ...(bindAddress && { host: bindAddress }) };
  const asked = { address, path: spec.healthPath, timeoutMs: spec.health.requestTimeoutMs, signal };
  const answer = await probe(host, asked);
  if (!answer.ok) ctx.log(`the live release answers ${spec.healthPath} with ${describeProbe(answer)}`);
}

/** Does a program listen at this address, as seen from the host? */
export async function isListening(
  { host, signal }: Pick<PhaseContext, "host" | "signal">,
  address: { host?: string; port: number },
): Promise<boolean> {
  try {
    (await host.connect(address, signal)).destroy();
    return true;
  } catch (error) {
    signal.throwIfAborted();
    // Refused, or no such address family: nothing listens. An unreachable host says nothing about its ports.
    if (error instanceof Problem) throw error;
    return false;
  }
}

/** Every address of the host, from Linux. An address family that is switched off has no file. */
const ADDRESSES = "cat /proc/net/fib_trie /proc/net/if_inet6 2>/dev/null || :";

/**
 * Throws `settings-invalid` unless the address is the host's own. A service cannot listen on another one, and a health check
 * there would reach another machine: a member could choose a cloud's metadata address.
 */
export async function checkOwnAddress(host: Host, address: string | undefined, signal: AbortSignal): Promise<void> {
  if (await isOwnAddress(host, address, signal)) return;
  throw new Problem("settings-invalid", {
    params: { field: "bindAddress" },
    detail: `${address} is not an address of ${host.label}`,
  });
}

/** True without an address, which means all addresses of the host. */
export async function isOwnAddress(host: Host, address: string | undefined, signal: AbortSignal): Promise<boolean> {
  if (address === undefined) return true;
  const { stdout } = await host.run({ args: ["sh", "-c", ADDRESSES] }, { signal });
  return ownAddresses(stdout).check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}

function ownAddresses(told: string): BlockList {
  const own = new BlockList();
  own.addAddress("0.0.0.0");
  own.addAddress("::", "ipv6");
  // Every host has these, and some sandboxes list no addresses.
  own.addSubnet("127.0.0.0", 8);
  own.addAddress("::1", "ipv6");
  // The address of a leaf of the routing table; the lines below it tell its kind.
  let leaf = "";
  for (const line of told.split("\n")) {
    leaf = /\|-- (\S+)/.exec(line)?.[1] ?? leaf;
    const bits = /^\s*\/(\d+) host LOCAL/.exec(line)?.[1];
    if (bits) own.addSubnet(leaf, Number(bits));
    const six = /^([0-9a-f]{32}) /.exec(line)?.[1];
    if (six) own.addAddress((six.match(/.{4}/g) ?? []).join(":"), "ipv6");
  }
  return own;
}
