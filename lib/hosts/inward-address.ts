import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_IMAGE_HOST } from "@/lib/contracts/image-reference";
import { env } from "@/lib/platform/env";
import type { Host } from "./host";
import { METADATA_ADDRESSES } from "./metadata-addresses";

/** Loopback, and this host. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("0.0.0.0", 8);
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addSubnet("::", 127, "ipv6");

/** Link-local addresses, and those at which clouds give out a machine's credentials. */
const METADATA = new BlockList();
METADATA.addSubnet("169.254.0.0", 16);
METADATA.addSubnet("fe80::", 10, "ipv6");
for (const address of METADATA_ADDRESSES.ipv4) METADATA.addAddress(address);
for (const address of METADATA_ADDRESSES.ipv6) METADATA.addAddress(address, "ipv6");

/** Networks of one's own, loopback among them: what an address on the Internet never is. */
const PRIVATE = new BlockList();
for (const [network, length] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  PRIVATE.addSubnet(network, length);
for (const [network, length] of [
  ["::", 127],
  ["fc00::", 7],
] as const)
  PRIVATE.addSubnet(network, length, "ipv6");

const NAMES =
  /^(.+\.)?(localhost|localhost\.localdomain|metadata\.google\.internal|metadata\.internal|instance-data\.ec2\.internal)$/;

const LOOKUP_MS = 1_000;
const LOOKUP_ON_HOST_MS = 20_000;

/**
 * Does this address lead back to the machine that resolves it, or to the metadata of its cloud? A number is read in
 * every form that a resolver reads (decimal, octal, hexadecimal, shortened, IPv4 within IPv6). A name is resolved, for
 * a second at most: an unresolved name leads nowhere yet.
 */
export async function leadsInward(host: string, resolve: Resolve = resolveHere): Promise<boolean> {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (NAMES.test(name)) return true;
  const address = numberOf(name);
  if (address !== null) return isInward(address);
  return (await resolve(name)).some(isInward);
}

/** The same for a registry of images, which may have a port. Docker Hub is not resolved. */
export async function registryLeadsInward(registry: string, resolve?: Resolve): Promise<boolean> {
  return registry !== DEFAULT_IMAGE_HOST && leadsInward(registry.replace(/:\d+$/, ""), resolve);
}

/** The addresses of a name; none where it has none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

async function resolveHere(name: string): Promise<readonly string[]> {
  const found = await Promise.race([lookup(name, { all: true }).catch(() => []), sleep(LOOKUP_MS, [])]);
  return found.map(({ address }) => address);
}

/** Resolves names on the host itself, whose answers may differ from this machine's. Rejects when it is too slow. */
export function resolveOn(host: Host, signal: AbortSignal): Resolve {
  return async (name) => {
    const { stdout } = await host.run(
      { args: ["getent", "ahosts", name] },
      { signal: AbortSignal.any([signal, AbortSignal.timeout(LOOKUP_ON_HOST_MS)]) },
    );
    return stdout.split("\n").flatMap((line) => line.split(/\s+/)[0] || []);
  };
}

/** Reads an address as the host of a URL: `0x7f.1` and `2130706433` are 127.0.0.1. Null for a name. */
function numberOf(name: string): string | null {
  const host = name.includes(":") && !name.startsWith("[") ? `[${name}]` : name;
  const read = URL.parse(`http://${host}/`)?.hostname.replace(/^\[|\]$/g, "") ?? "";
  return isIP(read) > 0 ? read : null;
}

function isInward(address: string): boolean {
  return isIn(LOOPBACK, address) || isMetadata(address);
}

/** Is this an address of a network of one's own? Loopback is. */
export function isPrivate(address: string): boolean {
  return isIn(PRIVATE, address);
}

/** Link-local counts too. */
export function isMetadata(address: string): boolean {
  return isIn(METADATA, address);
}

export interface Reachable {
  mayBePrivate: boolean;
  /** This machine: by loopback, by an address of one of its interfaces, or by the console's public name. */
  mayBeConsole: boolean;
}

/** Why a connection to `host`, which has these addresses, is refused; null if it is not. No one reaches metadata. */
export function whyRefused(
  host: string,
  addresses: readonly string[],
  { mayBePrivate, mayBeConsole }: Reachable,
): "private" | "console" | null {
  if (addresses.some(isMetadata)) return "private";
  if (!mayBeConsole && (isConsoleName(host) || addresses.some(isOwnAddress))) return "console";
  return !mayBePrivate && addresses.some(isPrivate) ? "private" : null;
}

/** Is this the console's public name? A service that had it would receive the console's traffic. */
export function isConsoleName(host: string): boolean {
  return URL.parse(env.NEXTAUTH_URL ?? "")?.hostname === host.toLowerCase();
}

/** Loopback, and the addresses at which other machines reach this one. */
function isOwnAddress(address: string): boolean {
  if (isIn(LOOPBACK, address)) return true;
  const own = new BlockList();
  for (const { address: each, family } of Object.values(networkInterfaces()).flatMap((list) => list ?? []))
    own.addAddress(each, family === "IPv4" ? "ipv4" : "ipv6");
  return isIn(own, address);
}

function isIn(list: BlockList, address: string): boolean {
  const plain = address.replace(/%.*$/, "");
  if (isIP(plain) === 4) return list.check(plain, "ipv4");
  const inner = embeddedIpv4(plain);
  return list.check(plain, "ipv6") || (inner !== null && list.check(inner, "ipv4"));
}

/** The IPv4 address within an IPv6 one: mapped, compatible, NAT64 and 6to4. */
function embeddedIpv4(address: string): string | null {
  const groups = groupsOf(address);
  const [a = 0, b = 0, c = 0] = groups;
  const isZero = groups.slice(0, 5).every((group) => group === 0);
  if (a === 0x2002) return dotted(b, c);
  const isCarried = (isZero && (groups[5] === 0 || groups[5] === 0xffff)) || (a === 0x64 && b === 0xff9b);
  return isCarried ? dotted(groups[6] ?? 0, groups[7] ?? 0) : null;
}

function groupsOf(address: string): number[] {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = "", tail = ""] = canonical.split("::").map((half) => half);
  const read = (half: string) => (half === "" ? [] : half.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [read(head), read(tail)];
  return [...before, ...Array(8 - before.length - after.length).fill(0), ...after];
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}
