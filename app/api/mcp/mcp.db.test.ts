import { readFile } from "node:fs/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { aService } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { asBrowser, asToken } from "@/lib/web/auth/test-callers";
import { serveRoute } from "@/lib/web/http/test-server";
import { POST } from "./route";

type Headers = Record<string, string>;
type Owner = Awaited<ReturnType<typeof aUser>> & { role: "member" };

let address: string;
let owner: Owner;
let tokens: Record<"admin" | "member" | "viewer" | "readOnly" | "deployOnly" | "scoped", Headers>;
const ending: (() => unknown)[] = [];

beforeAll(async () => {
  const served = await serveRoute(POST, "/api/mcp");
  ending.push(served.close);
  address = served.address;
  const admin = await aUser("admin");
  owner = { ...(await aUser("member")), role: "member" };
  const one = await aService(owner, { name: "one" });
  await aService({ ...(await aUser("member")), role: "member" }, { name: "theirs" });
  tokens = {
    admin: await asToken(admin),
    member: await asToken(owner),
    viewer: await asToken(await aUser("viewer")),
    readOnly: await asToken(owner, { role: "viewer" }),
    deployOnly: await asToken(owner, { deployOnly: true }),
    scoped: await asToken(owner, { services: [one.id] }),
  };
});
afterAll(async () => {
  for (const end of ending.reverse()) await end();
});

/** The protocol's own client, with the headers of a caller. */
async function connect(headers: Headers): Promise<Client> {
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit: { headers } }));
  ending.push(() => client.close());
  return client;
}

async function use(client: Client, name: string, given: Record<string, unknown> = {}) {
  const { content, isError = false } = CallToolResultSchema.parse(await client.callTool({ name, arguments: given }));
  const [first] = content;
  const text = first?.type === "text" ? first.text : "";
  return { isError, text, code: isError ? text.split(":")[0] : undefined, body: isError ? undefined : json(text) };
}

function json(text: string) {
  return text.startsWith("{") ? JSON.parse(text) : undefined;
}

const namesFor = async (headers: Headers) => (await (await connect(headers)).listTools()).tools.map(({ name }) => name);

/** Stated again independently of the routes: what an agent can do, and with whose token. */
const TO_READ_A_SERVICE = [
  ...["get_account", "list_services", "get_service", "get_service_state", "check_service_health", "read_service_log"],
  ...["list_releases", "preview_rollback", "list_deployments", "get_deployment", "read_deployment_log", "get_overview"],
  ...["list_stacks", "get_stack", "get_service_usage"],
];
const TO_READ = [
  ...TO_READ_A_SERVICE,
  ...["list_environment", "list_registrations", "list_targets", "get_target", "get_target_drift"],
];
const TO_READ_AS_ADMIN = ["list_audit_events", "list_backups"];
const TO_DEPLOY = [
  ...["deploy_service", "roll_back_service", "cancel_deployment", "retry_revert", "repair_stack", "list_commits"],
];
const TO_CHANGE_A_SERVICE = ["update_service", "change_environment", "remove_service", "remove_stack"];
const TO_CHANGE_AS_ADMIN = ["create_backup", "check_target", "check_target_drift"];

const TOOLS: Record<keyof typeof tokens, string[]> = {
  admin: [
    ...[...TO_READ, ...TO_READ_AS_ADMIN, ...TO_DEPLOY, ...TO_CHANGE_A_SERVICE],
    ...["create_service", ...TO_CHANGE_AS_ADMIN],
  ],
  member: [...TO_READ, ...TO_DEPLOY, ...TO_CHANGE_A_SERVICE, "create_service"],
  viewer: [...TO_READ, ...TO_READ_AS_ADMIN],
  readOnly: TO_READ,
  deployOnly: [...TO_READ_A_SERVICE, ...TO_DEPLOY],
  scoped: [...[...TO_READ_A_SERVICE, "list_environment", "list_registrations", ...TO_DEPLOY], ...TO_CHANGE_A_SERVICE],
};
const CALLERS = Object.keys(TOOLS) as (keyof typeof TOOLS)[];

/** Everything that a call could have changed. */
async function everything() {
  const [services, deployments, revisions, backups] = await Promise.all([
    db.service.findMany({ orderBy: { id: "asc" } }),
    db.deployment.findMany({ orderBy: { id: "asc" } }),
    db.environmentRevision.count(),
    db.backup.count(),
  ]);
  return { services, deployments, revisions, backups };
}

test.each(CALLERS)("the token of %s lists its tools, and no other one works by its name", async (caller) => {
  const client = await connect(tokens[caller]);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).sort()).toEqual([...TOOLS[caller]].sort());
  const before = await everything();
  const others = TOOLS.admin.filter((name) => !TOOLS[caller].includes(name));
  const given = { name: "one", confirm: "one", service: "one" };
  for (const name of others) expect((await use(client, name, given)).code, name).toBe("forbidden");
  expect(await everything()).toEqual(before);
});

test("tools say whether they only read, and which of them remove, replace or stop something", async () => {
  const { tools } = await (await connect(tokens.admin)).listTools();
  const reading = tools.filter(({ annotations }) => annotations?.readOnlyHint).map(({ name }) => name);
  expect(reading.sort()).toEqual([...TO_READ, ...TO_READ_AS_ADMIN, "list_commits"].sort());
  const confirmed = tools.filter(({ inputSchema }) => inputSchema.properties?.confirm).map(({ name }) => name);
  expect(confirmed.sort()).toEqual([
    ...["cancel_deployment", "change_environment", "remove_service", "remove_stack", "roll_back_service"],
  ]);
  const destructive = tools.filter(({ annotations }) => annotations?.destructiveHint).map(({ name }) => name);
  expect(destructive.sort()).toEqual(confirmed);
  for (const { name, description, inputSchema } of tools) {
    expect(description?.length, name).toBeGreaterThan(3);
    expect(inputSchema.required?.every((field) => field in (inputSchema.properties ?? {})) ?? true, name).toBe(true);
    expect(JSON.stringify(inputSchema), name).not.toContain("#/components");
  }
  expect(JSON.stringify(tools).length).toBeLessThan(40_000);
});

test("docs/agents.md names every tool, and no other one", async () => {
  const page = await readFile("docs/agents.md", "utf8");
  const named = new Set([...page.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map(([, name]) => name));
  expect([...named].sort()).toEqual([...TOOLS.admin].sort());
});

test("a deployment, a rollback and a cancellation are requested, and the audit names the token", async () => {
  const service = await aService(owner, { name: "shop" });
  const client = await connect(tokens.member);
  const deployed = await use(client, "deploy_service", { service: "shop", message: "asked by an agent" });
  expect(deployed.body).toMatchObject({ number: 1, kind: "deploy", state: "queued", message: "asked by an agent" });
  const followed = await use(client, "get_deployment", { deploymentId: deployed.body.id });
  expect(followed.body).toEqual(deployed.body);

  const none = await use(client, "roll_back_service", { name: "shop", confirm: "shop" });
  expect(none.code).toBe("no-previous-release");
  await releasesOf(service, deployed.body.id, 2);
  const unconfirmed = await use(client, "roll_back_service", { name: "shop" });
  expect([unconfirmed.code, await db.deployment.count({ where: { serviceId: service.id } })]).toEqual([
    "confirmation-required",
    1,
  ]);
  const back = await use(client, "roll_back_service", { name: "shop", confirm: "shop" });
  expect(back.body).toMatchObject({ number: 2, kind: "rollback", state: "queued" });
  const deploymentId = back.body.id;
  expect((await use(client, "cancel_deployment", { deploymentId, confirm: "one" })).code).toBe("confirmation-required");
  const cancelled = await use(client, "cancel_deployment", { deploymentId, confirm: "shop" });
  expect(cancelled.body).toMatchObject({ id: deploymentId, state: "cancelled" });
  const audit = await db.auditEvent.findMany({ where: { subjectName: "shop" }, orderBy: { id: "asc" } });
  expect(audit.map(({ action }) => action)).toEqual([
    ...["deployment.deploy", "deployment.rollback", "deployment.cancel"],
  ]);
  for (const { actorId, tokenId, requestId } of audit)
    expect({ actorId, tokenId, requestId }).toEqual({
      actorId: owner.id,
      tokenId: expect.any(String),
      requestId: expect.any(String),
    });
});

/** Releases of one deployment, of which the last is live. */
async function releasesOf(
  { id: serviceId, targetId, driver }: { id: string; targetId: string; driver: string },
  deploymentId: string,
  count: number,
): Promise<void> {
  const { spec } = await db.deployment.findUniqueOrThrow({ where: { id: deploymentId } });
  const frozen = JSON.parse(JSON.stringify(spec));
  for (let number = 1; number <= count; number++) {
    const data = { serviceId, targetId, driver, number, deploymentId, artifact: {}, spec: frozen };
    const { id } = await db.release.create({ data });
    await db.service.update({ where: { id: serviceId }, data: { currentReleaseId: id } });
  }
}

test("without the name as confirmation nothing is removed, replaced or stopped", async () => {
  await aService(owner, { name: "kept" });
  const client = await connect(tokens.member);
  const { body } = await use(client, "deploy_service", { service: "kept" });
  const before = await everything();
  const named = [
    ...["remove_service", "remove_stack", "roll_back_service", "change_environment"].map((tool) => [tool, "name"]),
    ["cancel_deployment", "deploymentId"],
  ] as [string, string][];
  for (const [tool, argument] of named) {
    const given = { [argument]: argument === "name" ? "kept" : body.id };
    for (const confirm of [undefined, null, "", true, "KEPT", "one"]) {
      const refused = await use(client, tool, { ...given, confirm });
      expect([tool, confirm, refused.code]).toEqual([tool, confirm, "confirmation-required"]);
      expect(refused.text).toContain("“kept” was not confirmed");
    }
  }
  expect(await everything()).toEqual(before);
  expect((await use(client, "remove_service", { name: "kept", confirm: "kept" })).body).toMatchObject({
    kind: "removal",
  });
});

test("what belongs to another member does not exist, with every tool", async () => {
  const client = await connect(tokens.member);
  const theirs = await db.service.findFirstOrThrow({ where: { name: "theirs" } });
  const { id: deploymentId } = await db.deployment.create({
    data: {
      ...{ serviceId: theirs.id, targetId: theirs.targetId, driver: "process", spec: {} },
      ...{ number: 1, kind: "deploy", state: "queued", trigger: "api" },
    },
  });
  const before = await everything();
  const { tools } = await client.listTools();
  for (const { name, inputSchema } of tools) {
    const properties = inputSchema.properties ?? {};
    if (name.includes("target") || !("name" in properties || "deploymentId" in properties)) continue;
    if (name === "create_service") continue;
    const subject = "deploymentId" in properties ? { deploymentId } : { name: "theirs" };
    const confirm = "confirm" in properties ? { confirm: "theirs" } : {};
    expect((await use(client, name, { ...subject, ...confirm })).code, name).toBe("not-found");
  }
  for (const name of ["list_services", "list_deployments", "get_overview", "list_stacks"])
    expect((await use(client, name)).text, name).not.toContain("theirs");
  expect((await use(client, "deploy_service", { service: "theirs" })).code).toBe("not-found");
  const scoped = await connect(tokens.scoped);
  expect((await use(scoped, "get_service", { name: "one" })).body.name).toBe("one");
  expect((await use(scoped, "deploy_service", { service: "theirs" })).code).toBe("not-found");
  expect(await everything()).toEqual(before);
});

test("lists come in small pages, each with the cursor of the next one", async () => {
  const person = { ...(await aUser("member")), role: "member" as const };
  for (let n = 0; n < 12; n++) await aService(person, { name: `page-${n}` });
  const client = await connect(await asToken(person));
  const first = (await use(client, "list_services")).body;
  expect([first.items.length, typeof first.nextCursor]).toEqual([10, "string"]);
  const second = (await use(client, "list_services", { cursor: first.nextCursor })).body;
  expect([second.items.length, second.nextCursor]).toEqual([2, null]);
  const seen = [...first.items, ...second.items].map(({ name }) => name);
  expect(new Set(seen).size).toBe(12);

  const { body } = await use(client, "deploy_service", { service: "page-0" });
  await releasesOf(await db.service.findFirstOrThrow({ where: { name: "page-0" } }), body.id, 12);
  const numbers = ({ items }: { items: { number: number }[] }) => items.map(({ number }) => number);
  const releases = (await use(client, "list_releases", { name: "page-0" })).body;
  expect([numbers(releases), releases.nextCursor]).toEqual([[12, 11, 10, 9, 8, 7, 6, 5, 4, 3], "10"]);
  const rest = (await use(client, "list_releases", { name: "page-0", cursor: "10" })).body;
  expect([numbers(rest), rest.nextCursor]).toEqual([[2, 1], null]);
  const wrong = await use(client, "list_releases", { name: "page-0", cursor: "x", limit: 0 });
  expect(wrong.text).toMatch(/^invalid-request: .*\n- cursor: invalid: .*\n- limit: invalid: /);
});

test("a log is its last lines", async () => {
  await aService(owner, { name: "logged" });
  const client = await connect(tokens.member);
  const { id: deploymentId } = (await use(client, "deploy_service", { service: "logged" })).body;
  const lines = Array.from({ length: 500 }, (_, n) => [0, "o", `line ${n + 1} ${"x".repeat(400)}`]);
  const chunk = { deploymentId, phase: "build", firstLine: 1, lineCount: 500, lines };
  await db.logChunk.create({ data: { ...chunk, number: 2 } });
  await db.deployment.update({ where: { id: deploymentId }, data: { logLines: 500 } });
  const { text, body } = await use(client, "read_deployment_log", { deploymentId });
  expect(text.length).toBeLessThan(22_000);
  expect([body.total, body.lines.length + body.earlierLeftOut, body.lines.at(-1).n]).toEqual([500, 100, 500]);
  const some = (await use(client, "read_deployment_log", { deploymentId, from: 7, limit: 2 })).body;
  expect(some.lines.map(({ n }: { n: number }) => n)).toEqual([7, 8]);
});

test("a failure is an answer with its code, its sentence in the caller's language and every wrong field", async () => {
  const client = await connect({ ...tokens.member, "accept-language": "nl" });
  const { isError, text } = await use(client, "create_service", { name: "-", port: 0 });
  expect(isError).toBe(true);
  expect(text).toMatch(/^invalid-request: Sommige velden zijn ongeldig\./);
  expect(text).toMatch(/\n- name: \S+: .+\n/);
  expect(text).toMatch(/\nRequest: [\w-]{36}$/);
  expect((await use(client, "get_service", { name: "one", nmae: "one" })).text).toContain("- nmae: unknown-field: ");
  expect((await use(client, "get_service", {})).text).toContain("- name: required: ");
  expect((await use(client, "get_service", { name: "../targets" })).code).toBe("not-found");
  expect((await use(client, "list_services", { cursor: "7" })).text).toContain("- cursor: not-an-id: ");
  expect((await use(client, "no_such_tool")).code).toBe("not-found");
});

test.each(["", -1, null, [], { a: "__proto__" }, "../../etc/passwd%00", "x".repeat(5_000)])(
  "%j as every argument of every tool is an answer, never a failure of the server",
  async (value) => {
    const client = await connect(await asToken(await aUser("admin")));
    const { tools } = await client.listTools();
    for (const { name, inputSchema } of tools) {
      const names = Object.keys(inputSchema.properties ?? {});
      const { code } = await use(client, name, Object.fromEntries(names.map((argument) => [argument, value])));
      expect(code, name).not.toBe("internal");
    }
  },
);

test("the limits of the API hold", async () => {
  const client = await connect(await asToken(await aUser("member")));
  const codes = new Set<string | undefined>();
  for (let n = 0; n < 61; n++) codes.add((await use(client, "deploy_service", { service: "none" })).code);
  expect([...codes]).toEqual(["not-found", "rate-limited"]);
});

test("only a token opens it, and no page of another site", async () => {
  const message = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  const ask = async (headers: Headers, body: unknown = message) => {
    const answered = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return [answered.status, ((await answered.json()) as { code?: string }).code];
  };
  const { host } = new URL(address);
  expect(await ask(tokens.member)).toEqual([200, undefined]);
  expect(await ask({ "x-api-key": tokens.member.authorization?.slice("Bearer ".length) ?? "" })).toEqual([
    200,
    undefined,
  ]);
  expect(await ask({ ...tokens.member, origin: `http://${host}` })).toEqual([200, undefined]);
  expect(await ask({})).toEqual([401, "unauthenticated"]);
  expect(await ask({ authorization: "Bearer lf_000000000000000000000000000" })).toEqual([401, "unauthenticated"]);
  const browser = await asBrowser(await aUser("admin"));
  expect(await ask(browser)).toEqual([401, "unauthenticated"]);
  expect(await ask({ ...tokens.member, origin: "http://evil.example" })).toEqual([403, "cross-origin"]);
  expect(await ask({ ...tokens.member, "sec-fetch-site": "cross-site" })).toEqual([403, "cross-origin"]);
  const version = { "mcp-protocol-version": "1999-01-01" };
  expect(await ask({ ...tokens.member, ...version })).toEqual([400, "invalid-request"]);
  for (const body of [[message], {}, { ...message, method: 7 }, { ...message, jsonrpc: "1.0" }])
    expect(await ask(tokens.member, body)).toEqual([400, "invalid-request"]);
  expect(await namesFor({ ...tokens.readOnly, cookie: browser.cookie ?? "" })).toEqual(await namesFor(tokens.readOnly));
});
