import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { selfSigned } from "@/e2e/dokploy/certificate";
import { HealthCheck } from "@/lib/contracts/health-check";
import { LocalHost } from "@/lib/hosts/local-host";
import type { PhaseContext } from "../driver";
import type { Candidate } from "./switch-and-watch";
import { verifyHealthPhase } from "./verify-health";

const QUICK = { ...HealthCheck.parse({}), portTimeoutMs: 1, intervalMs: 1, unhealthyThreshold: 1, stabilityMs: 1 };
const closing: Server[] = [];
afterEach(() => {
  for (const server of closing.splice(0)) server.close();
});

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(server);
  return (server.address() as AddressInfo).port;
}
const http = (handler: RequestListener) => createServer({ keepAlive: false }, handler);

interface Verified {
  spec?: object;
  output?: string[];
  /** Takes what the phase logs, and the path that it stores. */
  told?: string[];
}

/** Verifies a release that listens there; returns the reason of its refusal, or the facts of the phase. */
function verify(port: number | null, { spec, output = [], told = [] }: Verified = {}): Promise<unknown> {
  const address = port === null ? null : { port };
  const state = { address, exited: null, serves: true, restarts: 0 };
  const candidate = {
    ensure: async () => {},
    state: async () => state,
    startWorkers: async () => {},
    checkWorkers: async () => {},
    lastOutput: async () => output,
    switchTo: async () => {},
    retireOthers: async () => [],
    publicAddress: address,
    receipt: null,
  };
  const phase = verifyHealthPhase({
    candidateOf: async () => candidate as unknown as Candidate,
    switchBack: async () => {},
    hooks: { before: async () => [], after: async () => [] },
  });
  const ctx = {
    host: new LocalHost(),
    serviceName: "tried",
    spec: { port, domain: null, settings: {}, health: QUICK, healthPath: "/health", ...spec },
    signal: AbortSignal.timeout(60_000),
    log: (line: string) => told.push(line),
    progress: () => {},
    receiptOf: () => undefined,
    saveReceipt: async () => {},
    setHealthPath: async (path: string) => void told.push(`stored ${path}`),
    setUrl: () => {},
    setProbes: () => {},
  };
  return phase.run(ctx as unknown as PhaseContext).then(
    (result) => result?.facts,
    ({ code, params, message }) => ({ code, params, message }),
  );
}

test.each<[string, RequestListener, object]>([
  [
    "a redirect, with where it leads",
    (_, response) => response.writeHead(302, { location: "/sign-in" }).end(),
    { code: "health-redirected", params: { path: "/health", status: 302, location: "/sign-in" } },
  ],
  [
    "an answer that asks for TLS (nginx, Apache)",
    (_, response) => response.writeHead(400).end("<h1>The plain HTTP request was sent to HTTPS port</h1>"),
    { code: "health-tls", params: { status: 400 } },
  ],
  [
    "an answer that asks for TLS (Go)",
    (_, response) => response.writeHead(400).end("Client sent an HTTP request to an HTTPS server.\n"),
    { code: "health-tls", params: { status: 400 } },
  ],
  [
    "a bad request that is none of these",
    (_, response) => response.writeHead(400).end("HTTPS is nice"),
    { code: "health-failed", params: { status: 400 } },
  ],
  [
    "nothing at the path where the root answers",
    ({ url }, response) => response.writeHead(url === "/" ? 200 : 404).end(),
    { code: "health-path-missing", params: { path: "/health", status: 404 } },
  ],
  [
    "nothing at the path and nothing at the root",
    (_, response) => response.writeHead(404).end(),
    { code: "health-failed", params: { status: 404 } },
  ],
  ["an error", (_, response) => response.writeHead(500).end(), { code: "health-failed", params: { status: 500 } }],
])("%s is told apart", async (_, handler, expected) => {
  expect(await verify(await portOf(http(handler)))).toMatchObject(expected);
});

const AT_ROOT =
  (status: number, elsewhere = 404): RequestListener =>
  ({ url }, response) =>
    response.writeHead(url === "/" ? status : elsewhere, { location: "/sign-in" }).end();

test.each([200, 302])("a release whose root answers %i is proven there, where no one chose a path", async (status) => {
  const told: string[] = [];
  const port = await portOf(http(AT_ROOT(status)));
  const facts = await verify(port, { spec: { healthPathChosen: false }, told });
  expect(facts).toMatchObject([{ code: "path-answered", params: { path: "/", status } }, { params: { failed: 0 } }]);
  expect(told).toContain("stored /");
  expect(told).toContain(
    `/health is not there (404); / answered ${status} and is asked instead. Set a health path to choose.`,
  );
});

test.each<[string, RequestListener, object, string]>([
  ["that was chosen", AT_ROOT(200), { healthPathChosen: true }, "health-path-missing"],
  ["of a version that did not tell", AT_ROOT(200), {}, "health-path-missing"],
  ["that is there and not well", AT_ROOT(200, 500), { healthPathChosen: false }, "health-failed"],
  ["whose root is not well either", AT_ROOT(500), { healthPathChosen: false }, "health-failed"],
  ["that is the root itself, and leads on", AT_ROOT(302), { healthPath: "/" }, "health-redirected"],
])("a health path %s is not replaced", async (_, handler, spec, code) => {
  const told: string[] = [];
  expect(await verify(await portOf(http(handler)), { spec, told })).toMatchObject({ code });
  expect(told).not.toContain("stored /");
});

test("a service that speaks TLS where HTTP is asked is told as that", async () => {
  const port = await portOf(createTlsServer(selfSigned("localhost"), (_, response) => response.end("ok")));
  expect(await verify(port)).toMatchObject({ code: "health-tls", params: { path: "/health" } });
});

test("one that closes every connection is not taken for TLS", async () => {
  const port = await portOf(http((request) => request.socket.destroy()));
  expect(await verify(port)).toMatchObject({ code: "health-failed" });
});

test.each([
  [
    ["Server is running on http://localhost:3000"],
    { code: "port-elsewhere", params: { address: "http://localhost:3000" } },
  ],
  [["\u001b[32mlistening\u001b[39m on port 3000"], { code: "port-elsewhere", params: { address: "port 3000" } }],
  [["see http://localhost:3000", "ready"], { code: "port-not-opened" }],
  [
    ["running on port 3000", "Error: no database"],
    { code: "port-not-opened", message: expect.stringContaining("Error: no database") },
  ],
  [[], { code: "port-not-opened" }],
])("a release that opens no port and writes %j", async (output, expected) => {
  expect(await verify(null, { output })).toMatchObject(expected);
});
