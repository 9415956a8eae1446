import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { type Env, env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";

/** markPeers() writes the peer address of the socket into this header of every request. */
const PEER_HEADER = "x-landfall-peer";

/**
 * Routes see headers and no socket, and without a proxy a client may send any X-Forwarded-For. So every request gets
 * its socket's peer address in this header, which replaces a value from the client. Node announces a request before
 * Next sees it.
 */
export function markPeers(): void {
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { request: IncomingMessage };
    request.headers[PEER_HEADER] = request.socket.remoteAddress ?? "unknown";
  });
}

/** The socket's peer: a client, or the proxy in front of us. Undefined for an unmarked request. */
export function peerOf(headers: Pick<Headers, "get">): string | undefined {
  return headers.get(PEER_HEADER) ?? undefined;
}

/** The address of a request's client; "unknown" for an unmarked request. */
export function clientAddress(headers: Pick<Headers, "get">): string {
  const peer = headers.get(PEER_HEADER);
  if (!peer) return "unknown";
  const forwarded = headers.get("x-forwarded-for") ?? "";
  const client = clientBehind(peer, forwarded, isTrustedProxy);
  if (forwarded && client === plainAddress(peer) && forwarded !== peer) noteIgnored(client);
  return client;
}

/**
 * The socket's address, or the part of X-Forwarded-For that trusted proxies appended: each of them is trusted about the
 * previous address, and the first untrusted address is the client's. Anything before it was sent by the client and
 * proves nothing.
 */
export function clientBehind(peer: string, forwarded: string, isTrusted: (address: string) => boolean): string {
  const before = forwarded.split(",").map((entry) => plainAddress(entry.trim()));
  const chain = [...before.filter(Boolean), plainAddress(peer)];
  const client = chain.findLast((address) => !isTrusted(address)) ?? chain[0] ?? peer;
  return isIP(client) ? client : plainAddress(peer);
}

/** The network in which an owner can choose addresses: a /24, or a /48 of IPv6. */
export function networkOf(address: string): string {
  if (isIP(address) === 4) return `${address.split(".").slice(0, 3).join(".")}.0/24`;
  return isIP(address) === 6 ? `${firstGroups(address, 3).join(":")}::/48` : address;
}

/** Limits count a machine once: a /64 of IPv6 is one machine's. */
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

/** Behind an unconfigured proxy all clients have the proxy's address and share its limits, so this is logged. */
function noteIgnored(peer: string): void {
  if (noted) return;
  noted = true;
  log.warn({ peer }, "X-Forwarded-For is ignored: the sender is not in LANDFALL_TRUSTED_PROXIES");
}
