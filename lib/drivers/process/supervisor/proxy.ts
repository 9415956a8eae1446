import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import type { Address } from "./protocol";
import type { Release } from "./release";

/** They belong to one connection and are not passed on (RFC 9110, 7.6.1). Node answered `expect` already. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/** Asking twice is harmless, so these may use a connection that the release is just closing, and ask again. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Passes one request to the release and its answer back, both as streams. */
export function proxyRequest(incoming: IncomingMessage, outgoing: ServerResponse, release: Release): void {
  const { address } = release;
  if (!address) {
    unavailable(outgoing);
    return;
  }
  // A client that went away is no failure of ours; `close` follows and ends the rest.
  outgoing.on("error", () => {});
  const ended = release.inFlight.add(() => outgoing.destroy());
  outgoing.once("close", ended);
  send(incoming, outgoing, release, address);
}

function send(incoming: IncomingMessage, outgoing: ServerResponse, release: Release, address: Address): void {
  const mayRepeat = REPEATABLE.has(incoming.method ?? "") && !hasBody(incoming);
  const upstream = request({
    ...address,
    method: incoming.method,
    path: incoming.url,
    headers: forwardedHeaders(incoming),
    setHost: false,
    agent: mayRepeat ? release.agent : false,
  });
  const cancel = () => upstream.destroy();
  outgoing.once("close", cancel);
  upstream.once("response", (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, withoutHopByHop(answer.rawHeaders));
    // A failure on either side ends both: the client sees a cut connection, never a short answer that looks whole.
    pipeline(answer, outgoing, () => {});
  });
  upstream.once("error", () => {
    outgoing.off("close", cancel);
    if (outgoing.headersSent || outgoing.destroyed) outgoing.destroy();
    else if (mayRepeat && upstream.reusedSocket) send(incoming, outgoing, release, address);
    else unavailable(outgoing, 502);
  });
  // Not `pipeline`: it would destroy the client's connection with the release's, and no answer could be sent any more.
  if (hasBody(incoming)) incoming.pipe(upstream);
  else upstream.end();
}

/** Says that nothing serves now and that it is worth asking again. */
export function unavailable(outgoing: ServerResponse, status: 502 | 503 = 503): void {
  outgoing.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "retry-after": "1",
    "cache-control": "no-store",
  });
  outgoing.end(status === 503 ? "The service is starting or down.\n" : "The service did not answer.\n");
}

/**
 * A WebSocket or another protocol: after its first lines Landfall understands nothing of it, so it passes bytes.
 * A refusal of the release (401, 404, …) comes back the same way.
 */
export function proxyUpgrade(
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
  release: Release | undefined,
): void {
  if (!release?.address) {
    client.end("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  const upstream = connect(release.address);
  const cut = () => {
    client.destroy();
    upstream.destroy();
  };
  const ended = release.inFlight.add(cut);
  upstream.write(requestHead(incoming));
  upstream.write(head);
  client.on("error", cut);
  upstream.on("error", cut);
  client.once("close", () => upstream.end());
  upstream.once("close", () => {
    ended();
    client.destroy();
  });
  client.pipe(upstream).pipe(client);
}

function requestHead(incoming: IncomingMessage): string {
  const lines = pairs(forwardedHeaders(incoming, () => true)).map(([name, value]) => `${name}: ${value}`);
  return [`${incoming.method} ${incoming.url} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Raw, so that the release sees names, order and repeats as they were sent. */
function forwardedHeaders(incoming: IncomingMessage, keeps = passesOn(incoming)): string[] {
  const { headers, socket } = incoming;
  const from = socket.remoteAddress ?? "unknown";
  const before = headers["x-forwarded-for"];
  const added = {
    "X-Forwarded-For": before ? `${before}, ${from}` : from,
    "X-Forwarded-Host": headers["x-forwarded-host"] ?? headers.host ?? "",
    "X-Forwarded-Proto": headers["x-forwarded-proto"] ?? "http",
  };
  const replaced = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  const kept = pairs(incoming.rawHeaders).filter(
    ([name]) => keeps(name.toLowerCase()) && !replaced.has(name.toLowerCase()),
  );
  const chunked = headers["transfer-encoding"] === undefined ? [] : ["Transfer-Encoding", "chunked"];
  const asked = keeps("transfer-encoding") ? [] : chunked;
  return [...kept.flat(), ...Object.entries(added).flat().map(String), ...asked];
}

/** Which headers go on: not those of this connection, nor those that the sender named in `Connection`. */
function passesOn(message: IncomingMessage): (name: string) => boolean {
  const named = new Set((message.headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase()));
  return (name) => !HOP_BY_HOP.has(name) && !named.has(name);
}

function withoutHopByHop(rawHeaders: string[]): string[] {
  return pairs(rawHeaders)
    .filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()))
    .flat();
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index] as string, raw[2 * index + 1] as string]);
}
