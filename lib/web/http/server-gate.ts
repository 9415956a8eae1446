/*
 * Handles requests before Next does. Next creates its HTTP server itself and has no setting for these rules; Node
 * announces a server with its first request, before any response.
 */
import { randomUUID } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import {
  request as ask,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { Problem, type ProblemCode } from "@/lib/contracts/problem";
import { log } from "@/lib/platform/log";
import { problemResponse } from "./problem";
import { sentencesFor } from "./sentences";

const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

/** Addresses that respond with problems: our own, and those rewritten to them (next.config.mjs). */
const API = /^\/(api|deploy|health|capabilities)(\/|$)/;
const UPLOADS = /^\/api\/uploads\/?$/;

interface GateTimes {
  /** How long a request may take to arrive. */
  requestMs: number;
  /** The same for an archive over a slow line. */
  uploadMs: number;
}
const TIMES: GateTimes = { requestMs: 5 * 60_000, uploadMs: 60 * 60_000 };

/**
 * Installs the gate on every HTTP server of this process: a page, an empty body or an error of Next's own becomes a
 * problem, and a request that does not arrive in time ends. Returns a function that stops this for later servers.
 */
export function guardServers(times: GateTimes = TIMES): () => void {
  const guarded = new WeakSet<Server>();
  const guard = (message: unknown) => {
    const { server } = message as { server: Server };
    if (guarded.has(server)) return;
    guarded.add(server);
    server.requestTimeout = times.uploadMs;
    const listeners = server.listeners("request") as RequestListener[];
    server.removeAllListeners("request");
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      endWhenLate(request, response, times);
      const refused = refusalOf(request);
      if (refused) return void answer(request, response, refused);
      if (API.test(pathOf(request))) replaceForeignFailures(request, response);
      for (const listener of listeners) listener.call(server, request, response);
    });
  };
  subscribe("http.server.request.start", guard);
  return () => void unsubscribe("http.server.request.start", guard);
}

function refusalOf(request: IncomingMessage): Problem | undefined {
  if (!METHODS.includes(request.method ?? ""))
    return new Problem("method-not-allowed", { params: { allow: METHODS.join(", ") } });
  return isDecodable(pathOf(request)) ? undefined : new Problem("malformed-address");
}

/** Also for the absolute form that proxies send. */
function pathOf({ url = "/" }: IncomingMessage): string {
  const [path = "/"] = url.replace(/^https?:\/\/[^/]*/i, "").split("?");
  return path.startsWith("/") ? path : `/${path}`;
}

function isDecodable(path: string): boolean {
  try {
    return !decodeURIComponent(path).includes("\0");
  } catch {
    return false;
  }
}

/** Headers have Node's own, shorter limit. */
function endWhenLate(request: IncomingMessage, response: ServerResponse, times: GateTimes): void {
  if (UPLOADS.test(pathOf(request)) && request.method === "POST") return;
  const timer = setTimeout(() => {
    if (request.complete) return;
    if (response.headersSent) return void request.destroy();
    response.once("finish", () => request.destroy());
    void answer(request, response, new Problem("request-timeout"), { connection: "close" });
  }, times.requestMs).unref();
  request.once("end", () => clearTimeout(timer));
  response.once("close", () => clearTimeout(timer));
}

const CODES: Partial<Record<number, ProblemCode>> = {
  400: "invalid-request",
  404: "not-found",
  405: "method-not-allowed",
  413: "body-too-large",
};

/**
 * Every response of our routes has a request id. A failure without one is Next's own (a method that a route file does
 * not export, an unreadable request): its body is replaced by a problem.
 */
function replaceForeignFailures(request: IncomingMessage, response: ServerResponse): void {
  const { writeHead, flushHeaders, write, end } = response;
  const isForeign = () => !response.headersSent && response.statusCode >= 400 && !response.hasHeader("x-request-id");
  // Next's compression sends the head before the response ends.
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    response.statusCode = status;
    const isNamed = rest.some((given) => typeof given === "object" && given !== null && "x-request-id" in given);
    return isForeign() && !isNamed ? response : Reflect.apply(writeHead, response, [status, ...rest]);
  }) as typeof writeHead;
  response.flushHeaders = () => {
    if (!isForeign()) flushHeaders.call(response);
  };
  response.write = ((...sent: Parameters<typeof write>) =>
    isForeign() ? true : write.apply(response, sent)) as typeof write;
  response.end = ((...sent: Parameters<typeof end>) => {
    if (!isForeign()) return end.apply(response, sent);
    Object.assign(response, { writeHead, flushHeaders, write, end });
    const code = CODES[response.statusCode] ?? (response.statusCode < 500 ? "invalid-request" : "internal");
    if (code === "internal") log.error({ method: request.method, path: pathOf(request) }, "Next failed to answer");
    if (code !== "method-not-allowed") void answer(request, response, new Problem(code));
    else void allowedAt(request).then((allow) => answer(request, response, new Problem(code, { params: { allow } })));
    return response;
  }) as typeof end;
}

/** The methods of an address. Next returns them for OPTIONS, but not when it refuses another method. */
function allowedAt({ method, url, socket }: IncomingMessage): Promise<string> {
  if (method === "OPTIONS") return Promise.resolve("");
  const { localAddress: host, localPort: port } = socket;
  return new Promise((resolve) => {
    const asked = ask({ host, port, method: "OPTIONS", path: url, agent: false, timeout: 10_000 }, (answered) => {
      resolve(answered.resume().headers.allow ?? "");
    });
    // The refusal is sent without them.
    asked.once("timeout", () => asked.destroy()).once("error", () => resolve(""));
    asked.end();
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  problem: Problem,
  more: Record<string, string> = {},
): Promise<void> {
  const requestId = randomUUID();
  const { cookie = "", "accept-language": language = "" } = request.headers;
  const asked = new Request("http://localhost/", { headers: { cookie, "accept-language": language } });
  const made = problemResponse(problem, { sentences: await sentencesFor(asked), requestId });
  if (response.headersSent || response.destroyed) return;
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(made.status, {
    ...Object.fromEntries(made.headers),
    ...{ "x-request-id": requestId, "x-content-type-options": "nosniff", "cache-control": "no-store" },
    ...more,
  });
  response.end(request.method === "HEAD" ? undefined : await made.text());
}
