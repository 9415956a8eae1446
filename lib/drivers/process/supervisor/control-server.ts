import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type ControlError, type ControlErrorCode, ControlFailure, type ReleaseSpec } from "./protocol";
import { report } from "./report";
import type { Supervisor } from "./supervisor";

type Answer = unknown;
type Route = [method: string, path: RegExp, handle: (parts: string[], call: Call) => Promise<Answer> | Answer];
interface Call {
  body: Record<string, unknown>;
  drainMs: number;
  graceMs?: number;
  evenIfServing: boolean;
}

const NAME = "([a-z0-9-]+)";
/** A release, one of its workers, or one of the service's own commands. */
const ID = "([A-Za-z0-9_-]+)";

/** The supervisor's API. protocol.ts describes the messages. */
export function createControlServer(supervisor: Supervisor, shutDown: () => Promise<void>): Server {
  const routes: Route[] = [
    ["GET", /^\/status$/, () => supervisor.status()],
    ["GET", at(`/services/${NAME}`), ([name]) => supervisor.serviceStatus(name as string)],
    ["DELETE", at(`/services/${NAME}`), ([name], { drainMs }) => supervisor.removeService(name as string, drainMs)],
    [
      "POST",
      at(`/services/${NAME}/switch`),
      ([name], { body }) =>
        supervisor.switchTo(name as string, body.releaseId as string | null, body.evenIfDown === true),
    ],
    [
      "PUT",
      at(`/services/${NAME}/releases/${ID}`),
      ([name, id], { body }) => supervisor.startRelease(name as string, id as string, specIn(body)),
    ],
    [
      "DELETE",
      at(`/services/${NAME}/releases/${ID}`),
      ([name, id], { drainMs, graceMs, evenIfServing }) =>
        supervisor.stopRelease(name as string, id as string, { drainMs, graceMs, evenIfServing }),
    ],
    [
      "POST",
      at(`/services/${NAME}/releases/${ID}/keep`),
      ([name, id]) => supervisor.keep(name as string, id as string),
    ],
    [
      "GET",
      at(`/services/${NAME}/releases/${ID}/output`),
      ([name, id]) => supervisor.output(name as string, id as string),
    ],
    ["POST", /^\/shutdown$/, shutDown],
  ];
  return createServer((request, response) => {
    answer(routes, request).then(
      (value) => sendJson(response, 200, value ?? {}),
      (error: unknown) => sendFailure(response, error),
    );
  });
}

function at(path: string): RegExp {
  return new RegExp(`^${path}$`);
}

async function answer(routes: Route[], request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? "/", "http://supervisor");
  for (const [method, path, handle] of routes) {
    const match = request.method === method ? path.exec(url.pathname) : null;
    if (!match) continue;
    return handle(match.slice(1), {
      body: await bodyOf(request),
      drainMs: Number(url.searchParams.get("drainMs") ?? 0),
      ...(url.searchParams.has("graceMs") && { graceMs: Number(url.searchParams.get("graceMs")) }),
      evenIfServing: url.searchParams.has("evenIfServing"),
    });
  }
  throw new ControlFailure("unknown", `no ${request.method} ${url.pathname}`);
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** Only Landfall's client may connect, so this guards against another version, not against an attacker. */
function specIn(body: Record<string, unknown>): ReleaseSpec {
  for (const field of ["directory", "command", "environmentFile"]) {
    if (typeof body[field] !== "string") throw new ControlFailure("invalid", `${field} is missing`);
  }
  if (typeof body.publicPort !== "number") throw new ControlFailure("invalid", "publicPort is missing");
  return { bindAddress: null, memoryMb: null, cpus: null, ...body } as ReleaseSpec;
}

const STATUS_OF: Record<ControlErrorCode, number> = {
  invalid: 400,
  unknown: 404,
  serving: 409,
  "not-running": 409,
  "port-in-use": 409,
  "cannot-start": 422,
};

function sendFailure(response: ServerResponse, error: unknown): void {
  if (error instanceof ControlFailure) {
    const body: ControlError = { error: error.code, message: error.message };
    sendJson(response, STATUS_OF[error.code], body);
    return;
  }
  report(error instanceof Error ? (error.stack ?? error.message) : String(error));
  sendJson(response, 500, { error: "invalid", message: String(error) } satisfies ControlError);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify(value));
}
