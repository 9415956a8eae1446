import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { type Env, env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";

/** markPeers() writes the address at the other end of the socket into this header of every request. */
const PEER_HEADER = "x-landfall-peer";

/**
 * Routes see headers and no socket, and a client may write what it likes into X-Forwarded-For where no proxy stands
 * before us. So every request of this process carries who is at the other end of its socket, in place of whatever the
 * client sent by that name. Node tells of a request before Next sees it.
 */
export function markPeers(): void {
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { request: IncomingMessage };
    request.headers[PEER_HEADER] = request.socket.remoteAddress ?? "unknown";
  });
}

/** Who holds the other end of the socket: a client, or the proxy before us. Undefined for a request that nobody marked. */
export function peerOf(headers: Pick<Headers, "get">): string | undefined {
  return headers.get(PEER_HEADER) ?? undefined;
}

/** The address a request came from; "unknown" for one that nobody marked. */
export function clientAddress(headers: Pick<Headers, "get">): string {
  const peer = headers.get(PEER_HEADER);
  if (!peer) return "unknown";
  const forwarded = headers.get("x-forwarded-for") ?? "";
  const client = clientBehind(peer, forwarded, isTrustedProxy);
  if (forwarded && client === plainAddress(peer) && forwarded !== peer) noteIgnored(client);
  return client;
}

/**
 * The socket's address, and of X-Forwarded-For only what trusted proxies appended: each is believed about the one before
 * it, and the first address that is none of them is the client's. What stands before that was written by the client and
 * proves nothing.
 */
export function clientBehind(peer: string, forwarded: string, isTrusted: (address: string) => boolean): string {
  const before = forwarded.split(",").map((entry) => plainAddress(entry.trim()));
  const chain = [...before.filter(Boolean), plainAddress(peer)];
  const client = chain.findLast((address) => !isTrusted(address)) ?? chain[0] ?? peer;
  return isIP(client) ? client : plainAddress(peer);
}

/** The network an address belongs to, as far as its owner can choose addresses: a /24, or a /48 of IPv6. */
export function networkOf(address: string): string {
  if (isIP(address) === 4) return `${address.split(".").slice(0, 3).join(".")}.0/24`;
  return isIP(address) === 6 ? `${firstGroups(address, 3).join(":")}::/48` : address;
}

/** What limits count as one: one machine gets a whole /64 of IPv6. */
export function hostOf(address: string): string {
  return isIP(address) === 6 ? `${firstGroups(address, 4).join(":")}::/64` : address;
}

/** The first 16-bit groups of an IPv6 address, without leading zeros. */
function firstGroups(address: string, count: number): string[] {
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const groups = (text: string | undefined) => (text ? text.split(":") : []);
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: Math.max(0, missing) }, () => "0"), ...groups(tail)];
  return all.slice(0, count).map((group) => Number.parseInt(group, 16).toString(16));
}

function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/^\[(.*)\](:\d+)?$/, "$1");
}

let trusted: { networks: Env["LANDFALL_TRUSTED_PROXIES"]; has: (address: string) => boolean } | undefined;

export function isTrustedProxy(address: string): boolean {
  const networks = env.LANDFALL_TRUSTED_PROXIES;
  if (trusted?.networks !== networks) trusted = { networks, has: isWithin(networks) };
  return trusted.has(address);
}

export function isWithin(networks: Env["LANDFALL_TRUSTED_PROXIES"]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, prefix } of networks) list.addSubnet(address, prefix, familyOf(address));
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

let noted = false;

/** Behind a proxy that is not configured everyone has the proxy's address, and shares its limits: that must be found. */
function noteIgnored(peer: string): void {
  if (noted) return;
  noted = true;
  log.warn({ peer }, "X-Forwarded-For is ignored: the sender is not in LANDFALL_TRUSTED_PROXIES");
}
