import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Secret } from "@/lib/platform/secrets/secret";
import { openDokploy } from "./client";

process.env.DATABASE_URL ??= "postgres://nobody@127.0.0.1:1/none";
process.env.LANDFALL_SECRET_KEY ??= "0".repeat(64);
process.env.LANDFALL_LOG_LEVEL = "silent";

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_, response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const page =
  (status: number): RequestListener =>
  (_, response) =>
    response.writeHead(status).end("<html>");

/** A server that first reports its version, so that it counts as known. */
async function known(listener: RequestListener, version = "v0.30.2") {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url ?? "");
    const isVersion = request.url?.endsWith("settings.getDokployVersion");
    (isVersion ? json(200, version) : listener)(request, response);
  });
  const dokploy = openDokploy({ name: "test", url, apiKey: new Secret("the-secret-key"), tries: 1, timeoutMs: 1_500 });
  await dokploy.version();
  return { dokploy, asked };
}

const ENDS: [string, RequestListener, string, string][] = [
  ["hangs", () => {}, "platform-unreachable", "platform-lost"],
  ["cuts the line", (request) => request.socket.destroy(), "platform-unreachable", "platform-lost"],
  ["is behind a gateway that is ill", page(502), "platform-unreachable", "platform-lost"],
  ["fails without JSON", page(500), "platform-unreachable", "platform-lost"],
  ["is replaced by a page", page(200), "platform-unsupported", "platform-lost"],
  ["is replaced by a page that is not found", page(404), "platform-unsupported", "platform-lost"],
  ["leads elsewhere", (_, r) => r.writeHead(301, { location: "/" }).end(), "platform-unsupported", "platform-lost"],
  [
    "fails",
    json(500, { message: "Failed query: s3cret", code: "INTERNAL_SERVER_ERROR" }),
    "platform-failed",
    "platform-failed",
  ],
  ["is too busy", json(429, { message: "slow down" }), "platform-failed", "platform-failed"],
  ["says something else", json(200, { hello: 1 }), "platform-unsupported", "platform-unsupported"],
];

test.each(ENDS)("a server that %s", async (_, listener, unknownCode, knownCode) => {
  const url = await serve(listener);
  const first = openDokploy({ name: "test", url, apiKey: new Secret("the-secret-key"), tries: 1, timeoutMs: 1_500 });
  await expect(first.listProjects()).rejects.toMatchObject({ code: unknownCode });
  const { dokploy } = await known(listener);
  const error = await dokploy.listProjects().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: knownCode });
  expect(JSON.stringify(error)).not.toContain("s3cret");
  expect(String(error)).not.toContain("s3cret");
});

test("nothing is a good answer to a deployment", async () => {
  const { dokploy } = await known((_, response) => response.writeHead(200).end());
  await expect(dokploy.deploy("a1", { title: "t", description: "" })).resolves.toBeUndefined();
});

test("the key goes in its header, and what is made is asked for once", async () => {
  const keys: unknown[] = [];
  const { dokploy, asked } = await known((request, response) => {
    keys.push(request.headers["x-api-key"]);
    json(500, { message: "", code: "INTERNAL_SERVER_ERROR" })(request, response);
  });
  await expect(dokploy.createProject({ name: "web", description: "" })).rejects.toMatchObject({
    code: "platform-failed",
  });
  expect(keys).toEqual(["the-secret-key"]);
  expect(asked.filter((path) => path.includes("project.create"))).toHaveLength(1);
});

test("what is gone already is removed, and what nobody finds is null", async () => {
  const { dokploy } = await known(json(404, { message: "Project not found", code: "NOT_FOUND" }));
  await expect(dokploy.removeProject("p1")).resolves.toBeUndefined();
  await expect(dokploy.removeApplication("a1")).resolves.toBeUndefined();
  expect(await dokploy.findProject("p1")).toBeNull();
});

test("a change that is refused because its application is gone says so", async () => {
  const { dokploy } = await known((request, response) =>
    (request.url?.includes("application.one")
      ? json(404, { message: "Application not found", code: "NOT_FOUND" })
      : json(400, { message: "Failed query: s3cret", code: "BAD_REQUEST" }))(request, response),
  );
  const domain = { applicationId: "a1", host: "web.example.com", port: 80, https: false };
  await expect(dokploy.createDomain(domain)).rejects.toMatchObject({ code: "platform-gone" });
});

test("an older version is not asked for what it lacks", async () => {
  const { dokploy, asked } = await known(json(200, []), "v0.24.9");
  expect(await dokploy.listJobs()).toBeNull();
  expect(await dokploy.readDeploymentLog("d1")).toBeNull();
  expect(await dokploy.readOutput("a1", { tail: 10 })).toBeNull();
  expect(await dokploy.removeVolume("v1")).toBe("unavailable");
  expect(await dokploy.listAllDomains()).toBeNull();
  expect(asked).toEqual(["/api/settings.getDokployVersion"]);
});

test("a call that a server lacks against its version is missing too, and the version is asked again", async () => {
  const { dokploy, asked } = await known(json(404, { message: "Not found", code: "NOT_FOUND" }));
  expect(await dokploy.listJobs()).toBeNull();
  await dokploy.version();
  expect(asked.filter((path) => path.includes("Version"))).toHaveLength(2);
});

test("output that is not there yet is no failure of the server", async () => {
  const { dokploy } = await known(json(500, { message: "No container", code: "INTERNAL_SERVER_ERROR" }));
  for (let count = 0; count < 6; count++) expect(await dokploy.readOutput("a1", { tail: 10 })).toBeNull();
});

test("a circuit is shared by server and key, and everybody is told", async () => {
  const url = await serve(page(502));
  const told: string[] = [];
  const open = (name: string) =>
    openDokploy({
      name,
      url,
      apiKey: new Secret("another-key"),
      tries: 1,
      onCircuit: (circuit) => void told.push(`${name} ${circuit}`),
    });
  expect(open("a")).toBe(open("b"));
  for (let count = 0; count < 5; count++)
    await open("a")
      .role()
      .catch(() => null);
  expect(told).toEqual(["a open", "b open"]);
  await expect(open("b").role()).rejects.toMatchObject({ detail: expect.stringContaining("left alone") });
});

const worded = (message: string) => json(500, { message, code: "INTERNAL_SERVER_ERROR" });
const RM = "Command execution failed: Command failed: docker volume rm v1\nError response from daemon:";

test.each([
  ["in-use", worded(`${RM} remove v1: volume is in use - [0f3a]\n`)],
  ["gone", worded(`${RM} get v1: no such volume\n`)],
  ["removed", ((_, response) => response.writeHead(200).end()) satisfies RequestListener],
])("of a volume the server's text tells whether it is %s", async (removal, listener) => {
  const { dokploy } = await known(listener);
  expect(await dokploy.removeVolume("v1")).toBe(removal);
});

test("however often a server words an error of its own, its circuit stays closed for the others", async () => {
  const told: string[] = [];
  const url = await serve(worded("Failed query: s3cret"));
  const dokploy = openDokploy({
    ...{ name: "test", url, apiKey: new Secret("a-third-key"), tries: 1 },
    onCircuit: (circuit) => void told.push(circuit),
  });
  for (let count = 0; count < 12; count += 1)
    await expect(dokploy.role()).rejects.toMatchObject({ code: "platform-failed" });
  expect(told).toEqual([]);
});

test("a key that worked and is refused is waited for; one that never worked is not", async () => {
  let left = 3;
  const limited: RequestListener = (request, response) => {
    left -= 1;
    const answer = left >= 0 ? json(401, { message: "Unauthorized" }) : json(200, { role: "owner" });
    answer(request, response);
  };
  const url = await serve((request, response) =>
    (request.url?.endsWith("Version") ? json(200, "v0.30.2") : limited)(request, response),
  );
  const patience = { keyEveryMs: 5, keyPatienceMs: 2_000 };
  const open = () => openDokploy({ name: "test", url, apiKey: new Secret("the-secret-key"), tries: 1, ...patience });
  await expect(open().role()).rejects.toMatchObject({ code: "platform-key-refused" });
  expect(left).toBe(2);
  const dokploy = open();
  await dokploy.version();
  // A page, which cannot cancel the wait, gets the error immediately.
  await expect(dokploy.role()).rejects.toMatchObject({ code: "platform-key-refused" });
  expect(left).toBe(1);
  const { signal } = new AbortController();
  expect(await dokploy.role(signal)).toBe("owner");
});

test("lines of output are told from Docker's timestamps", async () => {
  const text = "2026-11-30T10:00:00.123456789Z GET /\n2026-11-30T10:00:01Z \nno timestamp\n";
  const { dokploy } = await known(json(200, text));
  expect(await dokploy.readOutput("a1", { tail: 10 })).toEqual([
    { at: "2026-11-30T10:00:00.123456789Z", text: "GET /" },
    { at: "2026-11-30T10:00:01Z", text: "" },
    { at: "", text: "no timestamp" },
  ]);
});
