import { createServer, type IncomingMessage, request, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import type { CutShort } from "../../cut-short";
import { type Address, ControlFailure } from "./protocol";
import type { Release } from "./release";

/** Longer than what clients and proxies in front keep idle, so that it is they who close and no request is lost. */
const KEEP_ALIVE_MS = 75_000;

/** The port people reach a service at. It stays open while releases come and go behind it. */
export class PublicPort {
  readonly port: number;
  readonly bindAddress: string | null;
  readonly #server: Server;

  private constructor(server: Server, port: number, bindAddress: string | null) {
    this.#server = server;
    this.port = port;
    this.bindAddress = bindAddress;
  }

  /** `current` is asked for every request, so a switch takes hold with the next one, on kept connections too. */
  static async open(port: number, bindAddress: string | null, current: () => Release | undefined): Promise<PublicPort> {
    // Uploads and long answers may take as long as they take: the release decides.
    const server = createServer({
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
      shouldUpgradeCallback: asksForOtherProtocol,
    });
    // A client may close its direction once it has asked, and still waits for the answer.
    Object.assign(server, { httpAllowHalfOpen: true });
    server.on("request", (incoming, outgoing) => {
      const release = current();
      if (release) proxyRequest(incoming, outgoing, release);
      else unavailable(outgoing);
    });
    server.on("upgrade", (incoming, socket, head) => proxyUpgrade(incoming, socket, head, current()));
    await listen(server, port, bindAddress);
    return new PublicPort(server, port, bindAddress);
  }

  /** Takes no new connections; what is under way ends with its release. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
    });
  }
}

function listen(server: Server, port: number, bindAddress: string | null): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code === "EADDRINUSE" ? "port-in-use" : "cannot-start";
      reject(new ControlFailure(code, `port ${port}: ${error.message}`));
    });
    server.listen({ port, host: bindAddress ?? undefined }, resolve);
  });
}

/** They belong to one connection and are not passed on (RFC 9110, 7.6.1). Node answered `expect` already. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/** Of a request and of an answer. Services that exist send 64 KiB of cookies or policies; Node's own limit is 16 KiB. */
export const MAX_HEADER_BYTES = 128 * 1024;

/** Asking twice is harmless, so these may use a connection that the release is just closing, and ask again. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Other ways to speak HTTP. Clients offer them with any request, and expect to be served without as well. */
const STILL_HTTP = /^(?:h2c?|http|tls)(?:\/|$)/i;

/**
 * Does the request ask for another protocol, after which nothing on its connection is a request any more? An offer of
 * HTTP/2 is not taken up: it would keep the client's connection with one release for as long as it lasts.
 */
export function asksForOtherProtocol(incoming: IncomingMessage): boolean {
  const offers = (incoming.headers.upgrade ?? "").split(",").map((offer) => offer.trim());
  return !hasBody(incoming) && offers.some((offer) => offer !== "" && !STILL_HTTP.test(offer));
}

/** Passes one request to the release and its answer back, both as streams. */
export function proxyRequest(incoming: IncomingMessage, outgoing: ServerResponse, release: Release): void {
  const { address } = release;
  if (!address) {
    unavailable(outgoing);
    return;
  }
  // A client that went away is no failure of ours; `close` follows and ends the rest.
  outgoing.on("error", () => {});
  const ended = release.inFlight.add({ kind: () => kindOf(incoming, outgoing), cut: () => outgoing.destroy() });
  outgoing.once("close", ended);
  try {
    send(incoming, outgoing, release, address);
  } catch (error) {
    refuseToPass(outgoing, release, error as Error);
  }
}

/** What Node reads of others it does not always write: a request is answered all the same. */
function refuseToPass(outgoing: ServerResponse, release: Release, error: Error): void {
  release.failed(outgoing.req, `cannot be passed on: ${error.message}`);
  unavailable(outgoing, 502);
}

function send(incoming: IncomingMessage, outgoing: ServerResponse, release: Release, address: Address): void {
  const mayRepeat = REPEATABLE.has(incoming.method ?? "") && !hasBody(incoming);
  const upstream = request({
    ...address,
    method: incoming.method,
    path: incoming.url,
    headers: [...forwardedHeaders(incoming, address), ...(isChunked(incoming) ? ["Transfer-Encoding", "chunked"] : [])],
    setHost: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    agent: mayRepeat ? release.agent : release.agentForOne,
  });
  const cancel = () => upstream.destroy();
  let answered = false;
  outgoing.once("close", cancel);
  upstream.once("response", (answer) => {
    answered = true;
    passAnswer(answer, outgoing, release);
  });
  upstream.once("error", (error) => {
    outgoing.off("close", cancel);
    // One that answers without reading all of an upload may close its end at once, and its answer counts.
    if (answered || outgoing.destroyed) return;
    if (mayRepeat && upstream.reusedSocket) return send(incoming, outgoing, release, address);
    release.failed(incoming, `no answer: ${error.message}`);
    unavailable(outgoing, 502);
  });
  if (!hasBody(incoming)) {
    upstream.end();
    return;
  }
  // Not `pipeline`: it would destroy the client's connection with the release's, and no answer could be sent any more.
  incoming.pipe(upstream, { end: false });
  incoming.once("end", () => {
    upstream.addTrailers(pairs(incoming.rawTrailers));
    upstream.end();
  });
  // What nobody reads any more must not hold up the connection's next request.
  upstream.once("close", () => incoming.unpipe(upstream).resume());
}

function passAnswer(answer: IncomingMessage, outgoing: ServerResponse, release: Release): void {
  try {
    outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, answerHeaders(answer, outgoing));
  } catch (error) {
    answer.destroy();
    refuseToPass(outgoing, release, error as Error);
    return;
  }
  if (answer.headers["content-type"]?.startsWith("text/event-stream")) {
    eventStreams.add(outgoing);
    outgoing.flushHeaders(); // the client waits for them, though there may be no event for long
  }
  answer.once("end", () => outgoing.addTrailers(pairs(answer.rawTrailers)));
  answer.once("error", (error) => {
    if (!outgoing.destroyed) release.failed(outgoing.req, `the answer broke off: ${error.message}`);
  });
  // A failure on either side ends both: the client sees a cut connection, never a short answer that looks whole.
  pipeline(answer, outgoing, () => {});
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
 * A WebSocket or another protocol: once the release has agreed, Landfall understands nothing of it and passes bytes. A
 * release that does not agree (401, 404, …) has answered a request, and the connection ends with that.
 */
export function proxyUpgrade(
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
  release: Release | undefined,
): void {
  const outgoing = answerTo(incoming, client);
  if (!release?.address) {
    unavailable(outgoing);
    return;
  }
  const { address } = release;
  const upstream = request({
    ...address,
    method: incoming.method,
    path: incoming.url,
    headers: [
      ...forwardedHeaders(incoming, address),
      ...["Connection", "Upgrade", "Upgrade", incoming.headers.upgrade ?? ""],
    ],
    setHost: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    agent: false,
  });
  const cut = () => {
    client.destroy();
    upstream.destroy();
  };
  client.once("close", release.inFlight.add({ kind: () => "connections", cut })).once("close", cut);
  client.on("error", cut);
  upstream.once("response", (answer) => passAnswer(answer, outgoing, release));
  upstream.once("upgrade", (answer, socket, first) => {
    outgoing.detachSocket(client as Socket);
    client.write(answerHead(answer));
    client.write(first);
    socket.write(head);
    // In each direction until that side has said all: a client may have no more to say and still wait for the answer.
    socket.pipe(client).once("close", () => socket.destroy());
    client.pipe(socket).once("close", cut);
    socket.on("error", cut);
  });
  upstream.once("error", (error) => {
    if (outgoing.headersSent || client.destroyed) return;
    release.failed(incoming, `no answer: ${error.message}`);
    unavailable(outgoing, 502);
  });
  upstream.end();
}

/** For a request that left the server with its connection: the one answer to it, and the connection's last. */
function answerTo(incoming: IncomingMessage, client: Duplex): ServerResponse {
  const outgoing = new ServerResponse(incoming);
  outgoing.shouldKeepAlive = false;
  outgoing.assignSocket(client as Socket);
  outgoing.on("error", () => {}).once("finish", () => (client as Socket).destroySoon());
  return outgoing;
}

function answerHead({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = pairs(rawHeaders).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${statusCode} ${statusMessage}`, ...lines, "", ""].join("\r\n");
}

function hasBody(incoming: IncomingMessage): boolean {
  return isChunked(incoming) || Number(incoming.headers["content-length"] ?? 0) > 0;
}

function isChunked({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined;
}

const eventStreams = new WeakSet<ServerResponse>();

function kindOf(incoming: IncomingMessage, outgoing: ServerResponse): keyof CutShort {
  if (!incoming.complete) return "uploads";
  return eventStreams.has(outgoing) ? "streams" : "requests";
}

/** Raw, so that the release sees names, order and repeats as they were sent. */
function forwardedHeaders(incoming: IncomingMessage, address: Address): string[] {
  const { headers, socket } = incoming;
  const from = socket.remoteAddress ?? "unknown";
  const before = headers["x-forwarded-for"];
  const asked = headers["x-forwarded-host"] ?? headers.host;
  const added = {
    "X-Forwarded-For": before ? `${before}, ${from}` : from,
    ...(asked !== undefined && { "X-Forwarded-Host": asked }),
    "X-Forwarded-Proto": headers["x-forwarded-proto"] ?? "http",
    // HTTP/1.0 needs none, and what the release is asked in does.
    ...(headers.host === undefined && { Host: `${address.host === "::1" ? "[::1]" : address.host}:${address.port}` }),
    ...(/\btrailers\b/i.test(String(headers.te ?? "")) && { TE: "trailers" }),
  };
  const replaced = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  const keeps = passesOn(incoming, isChunked(incoming));
  const kept = pairs(incoming.rawHeaders).filter(
    ([name]) => keeps(name.toLowerCase()) && !replaced.has(name.toLowerCase()),
  );
  return [...kept.flat(), ...Object.entries(added).flat().map(String)];
}

/** Which headers go on: not those of this connection, nor those that the sender named in `Connection`. */
function passesOn({ headers }: IncomingMessage, hasTrailers: boolean): (name: string) => boolean {
  const named = new Set((headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase()));
  if (!hasTrailers) named.add("trailer");
  return (name) => !HOP_BY_HOP.has(name) && !named.has(name);
}

function answerHeaders(answer: IncomingMessage, { req, useChunkedEncodingByDefault }: ServerResponse): string[] {
  const hasTrailers = isChunked(answer) && useChunkedEncodingByDefault && req.method !== "HEAD";
  const keeps = passesOn(answer, hasTrailers);
  return pairs(answer.rawHeaders)
    .filter(([name]) => keeps(name.toLowerCase()))
    .flat();
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index] as string, raw[2 * index + 1] as string]);
}
