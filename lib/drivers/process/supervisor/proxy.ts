import { createServer, type IncomingMessage, request, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import type { CutShort } from "../../cut-short";
import { openOldAsset, sendOldAsset } from "./old-assets";
import { type Address, ControlFailure } from "./protocol";
import type { Release } from "./release";

/** Longer than clients and other proxies keep idle connections, so that they close first and no request is lost. */
const KEEP_ALIVE_MS = 75_000;

/** The public port of a service. It stays open while releases change behind it. */
export class PublicPort {
  readonly port: number;
  readonly bindAddress: string | null;
  readonly #server: Server;

  private constructor(server: Server, port: number, bindAddress: string | null) {
    this.#server = server;
    this.port = port;
    this.bindAddress = bindAddress;
  }

  /**
   * `current` is called for every request, so a switch applies to the next one, on kept connections too. `oldAssets` is
   * the folder that has files of earlier releases.
   */
  static async open(
    port: number,
    bindAddress: string | null,
    current: () => Release | undefined,
    oldAssets: string,
  ): Promise<PublicPort> {
    // No timeout for uploads and long answers: the release decides.
    const server = createServer({
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
      shouldUpgradeCallback: asksForOtherProtocol,
    });
    // A client may close its sending direction and still wait for the answer.
    Object.assign(server, { httpAllowHalfOpen: true });
    server.on("request", (incoming, outgoing) => {
      const release = current();
      if (release) proxyRequest(incoming, outgoing, release, oldAssets);
      else unavailable(outgoing);
    });
    server.on("upgrade", (incoming, socket, head) => proxyUpgrade(incoming, socket, head, current()));
    await listen(server, port, bindAddress);
    return new PublicPort(server, port, bindAddress);
  }

  /** Accepts no new connections; open requests end with their release. */
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

/** Headers of a single connection, which are not forwarded (RFC 9110, 7.6.1). Node answered `expect` already. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/** For requests and answers. Real services send 64 KiB of cookies or policies; Node's own limit is 16 KiB. */
export const MAX_HEADER_BYTES = 128 * 1024;

/** Safe to send twice, so they may use a connection that the release is just closing, and are then repeated. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Other versions of HTTP. Clients offer them with any request, and expect an answer without them as well. */
const STILL_HTTP = /^(?:h2c?|http|tls)(?:\/|$)/i;

/**
 * Does the request ask to switch to another protocol? An offer of HTTP/2 is not accepted: it would bind the client's
 * connection to one release for as long as it lasts.
 */
export function asksForOtherProtocol(incoming: IncomingMessage): boolean {
  const offers = (incoming.headers.upgrade ?? "").split(",").map((offer) => offer.trim());
  return !hasBody(incoming) && offers.some((offer) => offer !== "" && !STILL_HTTP.test(offer));
}

/** Forwards one request to the release and its answer back, both as streams. */
export function proxyRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  release: Release,
  oldAssets: string,
): void {
  const { address } = release;
  if (!address) {
    unavailable(outgoing);
    return;
  }
  // A client that went away is no failure; `close` follows and cleans up.
  outgoing.on("error", () => {});
  const ended = release.inFlight.add({ kind: () => kindOf(incoming, outgoing), cut: () => outgoing.destroy() });
  outgoing.once("close", ended);
  try {
    send(incoming, outgoing, { release, address, oldAssets });
  } catch (error) {
    refuseToPass(outgoing, release, error as Error);
  }
}

/** Node may refuse to write headers that it accepted from the other side. The request still gets an answer. */
function refuseToPass(outgoing: ServerResponse, release: Release, error: Error): void {
  release.failed(outgoing.req, `cannot be passed on: ${error.message}`);
  unavailable(outgoing, 502);
}

interface Behind {
  release: Release;
  address: Address;
  oldAssets: string;
}

function send(incoming: IncomingMessage, outgoing: ServerResponse, behind: Behind): void {
  const { release, address, oldAssets } = behind;
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
    const isMissing = answer.statusCode === 404 && release.spec.keepsAssets === true;
    const asset = isMissing ? openOldAsset(incoming, oldAssets) : null;
    if (asset === null) return passAnswer(answer, outgoing, release);
    answer.on("error", () => {}).resume(); // nobody needs the rest of it
    sendOldAsset(outgoing, asset);
  });
  upstream.once("error", (error) => {
    outgoing.off("close", cancel);
    // A release may answer and close before it has read all of an upload: its answer counts.
    if (answered || outgoing.destroyed) return;
    if (mayRepeat && upstream.reusedSocket) return send(incoming, outgoing, behind);
    release.failed(incoming, `no answer: ${error.message}`);
    unavailable(outgoing, 502);
  });
  if (!hasBody(incoming)) {
    upstream.end();
    return;
  }
  // Not `pipeline`: it would destroy the client's connection together with the release's, and prevent an answer.
  incoming.pipe(upstream, { end: false });
  incoming.once("end", () => {
    upstream.addTrailers(pairs(incoming.rawTrailers));
    upstream.end();
  });
  // The rest of an unread body must not block the connection's next request.
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
    outgoing.flushHeaders(); // the first event may come much later
  }
  answer.once("end", () => outgoing.addTrailers(pairs(answer.rawTrailers)));
  answer.once("error", (error) => {
    if (!outgoing.destroyed) release.failed(outgoing.req, `the answer broke off: ${error.message}`);
  });
  // A failure on either side ends both: the client sees a broken connection, never a cut answer that seems complete.
  pipeline(answer, outgoing, () => {});
}

/** Answers that the service is down and that the client may retry. */
export function unavailable(outgoing: ServerResponse, status: 502 | 503 = 503): void {
  outgoing.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "retry-after": "1",
    "cache-control": "no-store",
  });
  outgoing.end(status === 503 ? "The service is starting or down.\n" : "The service did not answer.\n");
}

/**
 * Proxies a WebSocket or another protocol: once the release accepts, bytes are passed in both directions. A release that
 * does not accept (401, 404, …) has answered a request, and the connection ends after that answer.
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
    // Each direction until its sender ends: a client may close its sending direction and still wait for data.
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

/** The answer to a request whose connection was detached from the server; it is the last one on that connection. */
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

/** Raw headers, so that the release sees names, order and repeats as they were sent. */
function forwardedHeaders(incoming: IncomingMessage, address: Address): string[] {
  const { headers, socket } = incoming;
  const from = socket.remoteAddress ?? "unknown";
  const before = headers["x-forwarded-for"];
  const asked = headers["x-forwarded-host"] ?? headers.host;
  const added = {
    "X-Forwarded-For": before ? `${before}, ${from}` : from,
    ...(asked !== undefined && { "X-Forwarded-Host": asked }),
    "X-Forwarded-Proto": headers["x-forwarded-proto"] ?? "http",
    // HTTP/1.0 requests may have no Host; HTTP/1.1 to the release needs one.
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

/** Selects the headers to forward: none of this connection, and none that the sender named in `Connection`. */
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
