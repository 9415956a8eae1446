import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { aLocalTarget } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { testDatabase } from "@/lib/platform/db/test-database";
import { asToken } from "@/lib/web/auth/test-callers";
import type { RouteHandler } from "@/lib/web/http/definition";
import { call } from "@/lib/web/http/test-call";
import { POST as check } from "./[name]/check/route";
import { GET as reveal } from "./[name]/environment/[variable]/route";
import { PATCH as changeEnvironment, GET as readEnvironment } from "./[name]/environment/route";
import { GET as history } from "./[name]/history/route";
import { GET as logs } from "./[name]/logs/route";
import { GET as releases } from "./[name]/releases/route";
import { POST as rollback } from "./[name]/rollback/route";
import { GET as rollbackPreview } from "./[name]/rollback-preview/route";
import { PATCH as change, GET as read, DELETE as remove } from "./[name]/route";
import { GET as state } from "./[name]/state/route";
import { POST as create, GET as list } from "./route";

process.env.RATE_LIMIT_RPM = "10000";
process.env.LANDFALL_LOG_LEVEL = "silent";

let ana: Record<string, string>;
let ben: Record<string, string>;
let viewer: Record<string, string>;
let path: string;

beforeAll(async () => {
  const { dataDir } = await testDatabase();
  path = join(dataDir, "sources", "app");
  process.env.LANDFALL_SOURCE_ROOTS = join(dataDir, "sources");
  await mkdir(path, { recursive: true });
  await aLocalTarget();
  [ana, ben, viewer] = [
    await asToken(await aUser("member")),
    await asToken(await aUser("member")),
    await asToken(await aUser("viewer")),
  ];
});
beforeEach(async () => {
  await db.deployment.deleteMany();
  await db.service.updateMany({ data: { environmentRevisionId: null } });
  await db.service.deleteMany();
});

const aService = (changed: object = {}) => ({
  name: "shop",
  driver: "process",
  source: { kind: "folder", path },
  port: 4100,
  ...changed,
});
const post = (body: unknown, headers = ana) => call(create, { method: "POST", headers, body });
const on = (
  handler: RouteHandler,
  more: { method?: string; headers?: Record<string, string>; body?: unknown; path?: string; name?: string } = {},
) => {
  const { name = "shop", headers = ana, ...rest } = more;
  return call(handler, { ...rest, headers, params: { name } });
};
const fieldsOf = (body: { fields: { path: (string | number)[]; code: string }[] }) =>
  Object.fromEntries(body.fields.map(({ path: field, code }) => [field.join("."), code]));

test("a service is added, listed, read and changed", async () => {
  const created = await post(aService({ environment: { TOKEN: "s3cret-value" } }));
  expect([created.status, created.headers.get("location")]).toEqual([201, "/api/services/shop"]);
  expect(created.text).not.toContain("s3cret-value");
  expect((await call(list, { headers: ana })).body).toMatchObject({
    items: [{ id: created.body.id, name: "shop" }],
    next: null,
  });
  expect((await on(read)).body).toEqual(created.body);
  const changed = await on(change, { method: "PATCH", body: { port: 4200 } });
  expect([changed.status, changed.body.port, changed.body.healthPath]).toEqual([200, 4200, "/health"]);
  // `healthPathChosen` differs although the path is the same.
  const chosen = async (body: object) => (await on(change, { method: "PATCH", body })).body;
  expect(changed.body.healthPathChosen).toBe(false);
  expect(await chosen({ healthPath: "/health" })).toMatchObject({ healthPath: "/health", healthPathChosen: true });
  expect(await chosen({ port: 4201 })).toMatchObject({ healthPathChosen: true });
  expect(await chosen({ healthPath: null })).toMatchObject({ healthPath: "/health", healthPathChosen: false });
});

test("every wrong field is named at once, whoever found it, and nothing is written", async () => {
  await post(aService({ name: "holder", port: 4500 }));
  const { status, body } = await post({
    name: "Not A Label",
    target: "nowhere",
    driver: "process",
    source: { kind: "folder", path: "/etc" },
    settings: { cpus: 0, nonsense: 1 },
    port: 0,
    healthPath: "health",
    environment: { "2BAD": "x" },
    color: "red",
  });
  expect([status, body.code]).toEqual([400, "invalid-request"]);
  expect(fieldsOf(body)).toEqual({
    name: "not-a-dns-label",
    target: "not-found",
    "source.path": "source-outside-roots",
    "settings.cpus": "too-low",
    "settings.nonsense": "unknown-field",
    port: "too-low",
    healthPath: "not-a-path",
    "environment.2BAD": "not-an-identifier",
    color: "unknown-field",
  });
  for (const { message } of body.fields) expect(message).toMatch(/^[A-Z].*[.]$/);
  expect(await db.service.count()).toBe(1);
});

test("they are named in the caller's language", async () => {
  const { body } = await post(aService({ source: { kind: "folder", path: "/etc" }, settings: { cpus: 0 } }), {
    ...ana,
    "accept-language": "nl",
  });
  expect(body.fields).toHaveLength(2);
  for (const { message } of body.fields) expect(message).toMatch(/Dit|bron|moet/i);
});

test("a wrong change names every field too", async () => {
  await post(aService());
  const { status, body } = await on(change, {
    method: "PATCH",
    body: { port: 70_000, source: { kind: "folder", path: "/etc" }, name: "other" },
  });
  expect([status, fieldsOf(body)]).toEqual([
    400,
    { port: "too-high", "source.path": "source-outside-roots", name: "unknown-field" },
  ]);
});

test("names and ports that are taken are 409", async () => {
  await post(aService());
  expect((await post(aService({ port: 4200 }), ben)).body.code).toBe("name-taken");
  expect((await post(aService({ name: "other" }), ben)).status).toBe(409);
});

test("an Idempotency-Key makes one", async () => {
  const headers = { ...ana, "idempotency-key": "one" };
  const [first, second] = [await post(aService(), headers), await post(aService(), headers)];
  expect([first.status, second.status, second.body.id]).toEqual([201, 201, first.body.id]);
  expect((await post(aService({ port: 4300 }), headers)).body.code).toBe("idempotency-key-reused");
});

test("names of variables are listed, values changed, and one is revealed at a time", async () => {
  await post(aService({ environment: { TOKEN: "s3cret-value" } }));
  const listed = await on(readEnvironment, { headers: viewer });
  expect(listed.body).toMatchObject({ revision: 1, variables: [{ name: "TOKEN" }] });
  expect(listed.text).not.toContain("s3cret-value");
  const changed = await on(changeEnvironment, { method: "PATCH", body: { set: { B: "2" }, unset: ["TOKEN"] } });
  expect(changed.body).toMatchObject({ revision: 2, variables: [{ name: "B", revision: 2 }] });
  const one = (variable: string, headers = ana) => call(reveal, { headers, params: { name: "shop", variable } });
  expect((await one("B")).body).toEqual({ name: "B", value: "2" });
  expect([
    (await one("TOKEN")).status,
    (await one("not a name")).status,
    (await one("B", ben)).status,
    (await one("B", viewer)).status,
  ]).toEqual([404, 404, 404, 403]);
  const wrong = await on(changeEnvironment, {
    method: "PATCH",
    body: { set: { "A-B": "1", C: 2 }, unset: ["1X"], remove: [] },
  });
  expect(fieldsOf(wrong.body)).toEqual({
    "set.A-B": "not-an-identifier",
    "set.C": "wrong-type",
    "unset.0": "not-an-identifier",
    remove: "unknown-field",
  });
});

const everyRoute: [string, RouteHandler, string, unknown?][] = [
  ["read", read, "GET"],
  ["change", change, "PATCH", { port: 4300 }],
  ["remove", remove, "DELETE"],
  ["environment", readEnvironment, "GET"],
  ["change environment", changeEnvironment, "PATCH", { set: { A: "1" } }],
  ["releases", releases, "GET"],
  ["rollback", rollback, "POST"],
  ["rollback preview", rollbackPreview, "GET"],
  ["state", state, "GET"],
  ["logs", logs, "GET"],
  ["check", check, "POST"],
  ["history", history, "GET"],
];
test.each(everyRoute)("%s: unknown, unnameable and foreign services are all 404", async (_, handler, method, body) => {
  await post(aService());
  const answers = [await on(handler, { method, body, headers: ben })];
  for (const name of ["unknown", "Not A Name", "..", "x".repeat(64)])
    answers.push(await on(handler, { method, body, name }));
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
  expect(new Set(answers.map(({ body: problem }) => problem.detail)).size).toBe(1);
  expect((await on(handler, { method, body, headers: {} })).status).toBe(401);
});

test("removing is a deployment of its own", async () => {
  await post(aService());
  const { status, body, headers } = await on(remove, { method: "DELETE" });
  expect([status, body.kind, body.state]).toEqual([202, "removal", "queued"]);
  expect(headers.get("location")).toBe(`/api/deployments/${body.id}`);
  expect((await on(remove, { method: "DELETE", headers: viewer })).status).toBe(403);
  expect((await on(history)).body.items).toMatchObject([
    { id: body.id, kind: "removal", phases: [{ key: "stop" }, {}, {}] },
  ]);
});

test("what was never deployed has no releases, nothing to go back to, is absent and says nothing", async () => {
  await post(aService());
  expect((await on(releases)).body).toEqual({ items: [] });
  expect((await on(rollback, { method: "POST" })).body.code).toBe("no-previous-release");
  expect((await on(rollbackPreview)).body.code).toBe("no-previous-release");
  expect((await on(state)).body).toMatchObject({ state: "absent", releaseId: null });
  const said = await on(logs);
  expect([said.status, said.headers.get("content-type"), said.text]).toEqual([200, "text/plain; charset=utf-8", ""]);
});

test("a check asks nothing where no release is live: what answers at the port is another's", async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => response.end(String(asked.push(request.url))));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await post(aService({ port, healthPath: "/api/metrics" }));
  const check409 = async () => {
    const { status, body } = await on(check, { method: "POST" });
    expect([status, body.code, asked]).toEqual([409, "service-not-running", []]);
  };
  await check409();
  // Another process may listen on the port of a release that should be live and is not running.
  const service = await db.service.findFirstOrThrow({ where: { name: "shop" } });
  const { id: serviceId, targetId, driver } = service;
  const spec = { ...service, serviceName: "shop" };
  const made = { serviceId, targetId, driver, number: 1, deploymentId: randomUUID(), artifact: {}, spec };
  const { id } = await db.release.create({ data: JSON.parse(JSON.stringify(made)) });
  await db.service.update({ where: { id: serviceId }, data: { currentReleaseId: id } });
  await check409();
  await db.service.update({ where: { id: serviceId }, data: { currentReleaseId: null } });
  await db.release.deleteMany();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("queries are checked like bodies", async () => {
  await post(aService());
  const wrong = await call(list, { headers: ana, path: "/api/services?limit=0&after=x&sorted=name" });
  expect([wrong.status, fieldsOf(wrong.body)]).toEqual([
    400,
    { limit: "too-low", after: "not-an-id", sorted: "unknown-field" },
  ]);
  expect((await on(logs, { path: "/api/services/shop/logs?tail=-1" })).status).toBe(400);
  expect((await on(rollbackPreview, { path: "/x?releaseId=7" })).status).toBe(400);
});
