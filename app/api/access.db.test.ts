import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { beforeAll, expect, test } from "vitest";
import { HealthCheck } from "@/lib/contracts/health-check";
import type { DeploymentSpec } from "@/lib/contracts/service";
import { aUser } from "@/lib/domain/users/test-people";
import { aLocalTarget } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { asBrowser, asToken } from "@/lib/web/auth/test-callers";
import type { RouteHandler } from "@/lib/web/http/definition";
import { METHODS } from "@/lib/web/http/openapi";
import { call } from "@/lib/web/http/test-call";
import { POST as mcp } from "./mcp/route";
import { GET as openApi } from "./openapi.json/route";
import { ROUTES } from "./routes";

type Caller = "anybody" | "admin" | "viewer" | "member" | "owner";
const EVERYBODY: readonly Caller[] = ["admin", "viewer", "member"];
const READERS: readonly Caller[] = ["admin", "viewer", "owner"];
const OWNERS: readonly Caller[] = ["admin", "owner"];
const ADMIN: readonly Caller[] = ["admin"];
/** Everyone who signed in with a browser; no token. */
const PEOPLE: readonly Caller[] = [];

/**
 * Who may call what, stated again independently of the routes. `owner` is a member who owns the subject; for any other
 * member the subject does not exist. A route that is missing here fails the test: its access has to be decided.
 */
const ACCESS: Record<string, readonly Caller[]> = {
  "GET /api/audit": ["admin", "viewer"],
  "GET /api/backups": ["admin", "viewer"],
  "POST /api/backups": ADMIN,
  "GET /api/capabilities": ["anybody"],
  "GET /api/check/[name]": ["anybody"],
  "GET /api/dependencies": ["anybody"],
  "GET /api/state": ["anybody"],
  "POST /api/message": ["anybody"],
  "GET /api/registry/capabilities": ["anybody"],
  "GET /api/registry/dependencies": ["anybody"],
  "GET /api/registry/state": ["anybody"],
  "POST /api/registry/message": ["anybody"],
  "POST /api/deploy": ["admin", "member"],
  "GET /api/deploy/[jobId]": READERS,
  "POST /api/deploy/[jobId]/rollback": OWNERS,
  "GET /api/deploy/history/[serviceName]": READERS,
  "GET /api/deployment/[deploymentId]": READERS,
  "GET /api/deployments": EVERYBODY,
  "POST /api/deployments": OWNERS,
  "GET /api/deployments/[deploymentId]": READERS,
  "POST /api/deployments/[deploymentId]/cancel": OWNERS,
  "GET /api/deployments/[deploymentId]/events": READERS,
  "GET /api/deployments/[deploymentId]/logs": READERS,
  "POST /api/deployments/[deploymentId]/retry": OWNERS,
  "GET /api/deployments/[deploymentId]/rollback": READERS,
  "POST /api/deployments/[deploymentId]/rollback": OWNERS,
  "POST /api/git/test": OWNERS,
  "GET /api/health": ["anybody"],
  "POST /api/hooks/[serviceId]": ["anybody"],
  "GET /api/image-registries": ["admin", "viewer"],
  "POST /api/image-registries": ADMIN,
  "PATCH /api/image-registries/[registryId]": ADMIN,
  "DELETE /api/image-registries/[registryId]": ADMIN,
  "GET /api/me": EVERYBODY,
  "PATCH /api/me": EVERYBODY,
  "POST /api/me/password": PEOPLE,
  "POST /api/me/passkeys": PEOPLE,
  "DELETE /api/me/passkeys/[passkeyId]": PEOPLE,
  "POST /api/me/passkeys/options": PEOPLE,
  "POST /api/me/recovery-codes": PEOPLE,
  "GET /api/me/security": PEOPLE,
  "GET /api/me/sessions": PEOPLE,
  "DELETE /api/me/sessions": PEOPLE,
  "DELETE /api/me/sessions/[sessionId]": PEOPLE,
  "POST /api/me/totp": PEOPLE,
  "DELETE /api/me/totp": PEOPLE,
  "POST /api/me/totp/confirm": PEOPLE,
  // What its tools may do: app/api/mcp/mcp.db.test.ts.
  "POST /api/mcp": EVERYBODY,
  // METRICS_TOKEN also opens the metrics: app/api/metrics/metrics.db.test.ts.
  "GET /api/metrics": ["admin", "viewer"],
  "GET /api/notifications/channels": EVERYBODY,
  "POST /api/notifications/channels": PEOPLE,
  "PATCH /api/notifications/channels/[channelId]": PEOPLE,
  "DELETE /api/notifications/channels/[channelId]": PEOPLE,
  "POST /api/notifications/channels/test": PEOPLE,
  "GET /api/notifications/deliveries": EVERYBODY,
  "POST /api/notifications/deliveries/[notificationId]/redeliver": PEOPLE,
  "GET /api/notifications/rules": EVERYBODY,
  "POST /api/notifications/rules": PEOPLE,
  "PUT /api/notifications/rules/[ruleId]": PEOPLE,
  "DELETE /api/notifications/rules/[ruleId]": PEOPLE,
  "GET /api/openapi.json": ["anybody"],
  "GET /api/overview": EVERYBODY,
  "GET /api/registrations": EVERYBODY,
  "GET /api/registry/droplets": EVERYBODY,
  "POST /api/registry/droplets": ADMIN,
  "GET /api/registry/droplets/[dropletId]": READERS,
  "PATCH /api/registry/droplets/[dropletId]": ADMIN,
  "DELETE /api/registry/droplets/[dropletId]": ADMIN,
  "GET /api/registry/droplets/name/[name]": READERS,
  "GET /api/registry/health": ["anybody"],
  "POST /api/registry/register": ADMIN,
  "GET /api/services": EVERYBODY,
  "POST /api/services": ["admin", "member"],
  "GET /api/services/[name]": READERS,
  "PATCH /api/services/[name]": OWNERS,
  "DELETE /api/services/[name]": OWNERS,
  "POST /api/services/[name]/check": READERS,
  "GET /api/services/[name]/commits": OWNERS,
  "GET /api/services/[name]/environment": READERS,
  "PATCH /api/services/[name]/environment": OWNERS,
  "GET /api/services/[name]/environment/[variable]": OWNERS,
  "GET /api/services/[name]/git": OWNERS,
  "GET /api/services/[name]/git/host-key": OWNERS,
  "POST /api/services/[name]/git/host-key": OWNERS,
  "POST /api/services/[name]/git/key": OWNERS,
  "PUT /api/services/[name]/git/token": OWNERS,
  "DELETE /api/services/[name]/git/token": OWNERS,
  "GET /api/services/[name]/history": READERS,
  "GET /api/services/[name]/hook": OWNERS,
  "POST /api/services/[name]/hook": OWNERS,
  "PATCH /api/services/[name]/hook": OWNERS,
  "DELETE /api/services/[name]/hook": OWNERS,
  "GET /api/services/[name]/hook/deliveries": OWNERS,
  "POST /api/services/[name]/hook/deliveries/[deliveryId]/redeliver": OWNERS,
  "GET /api/services/[name]/logs": READERS,
  "GET /api/services/[name]/releases": READERS,
  "GET /api/services/[name]/releases/compare": READERS,
  "GET /api/services/[name]/releases/compare/file": READERS,
  "POST /api/services/[name]/rollback": OWNERS,
  "GET /api/services/[name]/rollback-preview": READERS,
  "GET /api/services/[name]/state": READERS,
  "GET /api/services/[name]/uptime": READERS,
  "GET /api/services/[name]/usage": READERS,
  "DELETE /api/stack/[name]": OWNERS,
  "POST /api/sign-in/passkey-options": ["anybody"],
  "GET /api/stacks": EVERYBODY,
  "GET /api/stacks/[name]": READERS,
  "POST /api/stacks/[name]/repair": OWNERS,
  "GET /api/stacks/offers": EVERYBODY,
  "GET /api/status/[deploymentId]": READERS,
  "GET /api/targets": EVERYBODY,
  "POST /api/targets": ADMIN,
  "GET /api/targets/[name]": EVERYBODY,
  "PATCH /api/targets/[name]": ADMIN,
  "DELETE /api/targets/[name]": ADMIN,
  "POST /api/targets/[name]/check": ADMIN,
  "GET /api/targets/[name]/drift": EVERYBODY,
  "POST /api/targets/[name]/drift": ADMIN,
  "GET /api/targets/[name]/orphans": ADMIN,
  "POST /api/targets/[name]/orphans/remove": ADMIN,
  "POST /api/targets/host-key": ADMIN,
  "POST /api/targets/test": ADMIN,
  "GET /api/templates": EVERYBODY,
  "POST /api/templates": ADMIN,
  "GET /api/templates/[name]": EVERYBODY,
  "PATCH /api/templates/[name]": ADMIN,
  "DELETE /api/templates/[name]": ADMIN,
  "GET /api/tokens": EVERYBODY,
  "POST /api/tokens": PEOPLE,
  "DELETE /api/tokens/[tokenId]": OWNERS,
  "POST /api/uploads": ["admin", "member"],
  "GET /api/uploads/[uploadId]": READERS,
  "GET /api/users": ["admin", "viewer"],
  "POST /api/users": ADMIN,
  "GET /api/users/[userId]": ["admin", "viewer"],
  "PATCH /api/users/[userId]": ADMIN,
  "POST /api/users/[userId]/accounts": ADMIN,
  "DELETE /api/users/[userId]/accounts/[accountId]": ADMIN,
  "GET /api/users/unlinked-accounts": ADMIN,
};

/** Viewers have tokens too: another person's tokens do not exist for them, as for a member. */
const HIDDEN_FROM_VIEWERS = ["DELETE /api/tokens/[tokenId]"];

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

/** Valid ones, where an invalid body would be refused before anybody asks whose it is. Everything else gets `{}`. */
const BODIES: Record<string, (subject: Subject) => unknown> = {
  "POST /api/deployments": ({ name }) => ({ service: name }),
  "POST /api/git/test": ({ name }) => ({ service: name, source: { kind: "git", url: "https://127.0.0.1:1/shop.git" } }),
  "POST /api/mcp": ({ name }) => {
    const params = { name: "get_service", arguments: { name } };
    return { jsonrpc: "2.0", id: 1, method: "tools/call", params };
  },
  "POST /api/services/[name]/git/host-key": () => ({ line: HOST_KEY }),
  "PUT /api/services/[name]/git/token": () => ({ secret: "token" }),
  "POST /api/deploy": ({ name, port }) => ({
    ...{ service_path: SPEC.source.path, service_name: name, service_port: port, deployment_method: "process" },
    auto_register: false,
  }),
};

const handlers = Object.entries({
  ...ROUTES,
  "/api/mcp": { POST: mcp },
  "/api/openapi.json": { GET: openApi },
}).flatMap(([path, module]) =>
  METHODS.flatMap((method) => {
    const handler = (module as Partial<Record<string, RouteHandler>>)[method];
    return handler ? [{ key: `${method} ${path}`, method, path, handler }] : [];
  }),
);

let people: Record<"admin" | "viewer" | "member" | "owner", Record<string, string>>;
let browsers: Record<"admin" | "viewer" | "member", Record<string, string>>;
let ownerId: string;
let targetId: string;
beforeAll(async () => {
  const owner = await aUser("member");
  ownerId = owner.id;
  targetId = (await aLocalTarget()).id;
  browsers = {
    admin: await asBrowser(await aUser("admin")),
    viewer: await asBrowser(await aUser("viewer")),
    member: await asBrowser(await aUser("member")),
  };
  people = {
    admin: await asToken(await aUser("admin")),
    viewer: await asToken(await aUser("viewer")),
    member: await asToken(await aUser("member")),
    owner: await asToken(owner),
  };
});

const SPEC = {
  serviceName: "set below",
  driver: "process",
  source: { kind: "folder", path: `/srv/${hostname()}` },
  settings: {},
  port: 1,
  healthPath: "/health",
  health: HealthCheck.parse({}),
  domain: null,
  volumes: [],
  dropletId: null,
  autoRegister: false,
  environmentRevisionId: null,
} satisfies DeploymentSpec;

interface Subject {
  name: string;
  port: number;
  serviceId: string;
  params: Record<string, string>;
}
let subjects = 0;

/** One of each subject that an address can name, all with the same owner. */
async function aSubject(): Promise<Subject> {
  subjects += 1;
  const name = `subject-${subjects}`;
  const spec = { ...SPEC, serviceName: name, port: 20_000 + subjects };
  const { driver, source, settings, port, health, autoRegister } = spec;
  const service = await db.service.create({
    data: { targetId, name, ownerId, driver, source, settings, port, health, autoRegister },
  });
  const asked = { number: 1, kind: "deploy", state: "succeeded", trigger: "api", requestedById: ownerId };
  const deployment = await db.deployment.create({ data: { ...asked, targetId, driver, serviceId: service.id, spec } });
  const token = await db.apiToken.create({
    data: { userId: ownerId, name, prefix: "lf_000000", hash: name, role: "member" },
  });
  const droplet = await db.registration.create({
    data: { name, serviceId: service.id, dropletId: subjects, endpoint: "http://localhost", registeredAt: new Date() },
  });
  const summary = { kind: "zip", files: 1, unpackedBytes: 1, folder: null, entries: ["a"] };
  const completed = { bytes: 1, sha256: "0".repeat(64), summary, completedAt: new Date() };
  const upload = await db.upload.create({ data: { ownerId, fileName: name, ...completed } });
  const registry = await db.imageRegistry.create({
    data: { host: `${name}.example.com`, username: name, sealedPassword: "" },
  });
  const delivery = await db.hookDelivery.create({
    data: { serviceId: service.id, verdict: "refused", reason: "unsigned" },
  });
  const ids = {
    deliveryId: delivery.id,
    uploadId: upload.id,
    registryId: registry.id,
    deploymentId: deployment.id,
    jobId: deployment.id,
    tokenId: token.id,
    userId: ownerId,
    ...{ sessionId: randomUUID(), passkeyId: randomUUID(), accountId: randomUUID() },
    ...{ channelId: randomUUID(), ruleId: randomUUID(), notificationId: randomUUID() },
    dropletId: String(droplet.dropletId),
  };
  return {
    name,
    port: spec.port,
    serviceId: service.id,
    params: { ...ids, name, serviceName: name, variable: "ABSENT" },
  };
}

async function statusFor(
  row: (typeof handlers)[number],
  headers: Record<string, string>,
  subject: Subject,
): Promise<number> {
  return (await answerFor(row, headers, subject)).status;
}

test("the table has every method of every route, and nothing else", () => {
  expect(handlers.map(({ key }) => key).sort()).toEqual(Object.keys(ACCESS).sort());
});

test.each(handlers)("$key", async (row) => {
  const allowed = ACCESS[row.key] ?? [];
  const subject = await aSubject();
  const anonymous = await statusFor(row, {}, subject);
  if (allowed.includes("anybody")) return expect([401, 403]).not.toContain(anonymous);
  expect(anonymous).toBe(401);

  if (allowed === PEOPLE) {
    for (const caller of ["viewer", "member", "admin"] as const)
      expect([401, 403, 500], caller).not.toContain(await statusFor(row, browsers[caller], subject));
  }
  for (const caller of ["viewer", "member", "owner", "admin"] as const) {
    const status = await statusFor(row, people[caller], subject);
    const may = allowed.includes(caller) || (caller === "owner" && allowed.includes("member"));
    if (may) expect([401, 403, 500], `${caller}: ${status}`).not.toContain(status);
    // For a member another owner's subject does not exist; an action that the role lacks entirely is forbidden.
    else expect(status, caller).toBe(isHidden(row.key, caller) ? 404 : 403);
  }
});

function isHidden(key: string, caller: Caller): boolean {
  if (caller === "viewer") return HIDDEN_FROM_VIEWERS.includes(key);
  return caller === "member" && ACCESS[key]?.includes("owner") === true;
}

test.each(handlers.filter(({ method, path }) => method === "GET" && !path.includes("[")))(
  "$key shows a member nothing of others",
  async (row) => {
    const { name } = await aSubject();
    const { text } = await call(row.handler, { path: row.path, headers: people.member });
    if (!row.path.includes("/registry/")) expect(text).not.toContain(name);
  },
);

/** Stated again independently of the code: what a token with services or targets in its scope may do to them. */
const OF_A_SERVICE =
  /^(service:(read|update|delete)|upload:create|environment:|deployment:|release:read|registration:read|account:read)/;
/** What it creates belongs to no service: the call is refused for its empty form. */
const CREATES_FOR_ITSELF = ["POST /api/uploads"];
/** What a token that only deploys may do. */
const TO_DEPLOY = /^(service:read|release:read|deployment:(read|create|cancel)|upload:create|account:read)$/;
const described = handlers.filter(({ handler }) => handler.definition.permission !== undefined);
/** An upload belongs to no service; the variable is absent, the subject is no stack and has fewer than two releases. */
const OF_NO_SERVICE = [
  "GET /api/services/[name]/releases/compare",
  "GET /api/services/[name]/releases/compare/file",
  "POST /api/stacks/[name]/repair",
  "GET /api/uploads/[uploadId]",
  "GET /api/services/[name]/environment/[variable]",
  "DELETE /api/stack/[name]",
  "GET /api/stacks/[name]",
];

test.each(described)("$key by a token for another service learns and changes nothing", async (row) => {
  const [mine, other] = [await aSubject(), await aSubject()];
  const headers = await asToken({ id: ownerId, role: "member" }, { services: [mine.serviceId] });
  const before = await stateOf(other);
  const { status, text } = await answerFor(row, headers, other);
  if (status < 400) expect(text).not.toContain(other.name);
  else if (!CREATES_FOR_ITSELF.includes(row.key)) expect([403, 404]).toContain(status);
  expect(await stateOf(other)).toEqual(before);
  const permission = row.handler.definition.permission ?? "";
  if (!OF_A_SERVICE.test(permission)) return expect(status).toBe(403);
  const own = (await answerFor(row, headers, mine)).status;
  const mayOwn =
    ACCESS[row.key]?.some((who) => who === "owner" || who === "member") && !OF_NO_SERVICE.includes(row.key);
  if (mayOwn && (row.path.includes("[") || row.key in BODIES))
    expect([401, 403, 404, 500], `its own: ${own}`).not.toContain(own);
});

test.each(described)("$key by a token for another target learns and changes nothing", async (row) => {
  const other = await aSubject();
  const headers = await asToken({ id: ownerId, role: "member" }, { targets: [randomUUID()] });
  const before = await stateOf(other);
  const { status, text } = await answerFor(row, headers, other);
  if (status < 400) expect(text).not.toContain(other.name);
  else if (!CREATES_FOR_ITSELF.includes(row.key)) expect([403, 404]).toContain(status);
  expect(await stateOf(other)).toEqual(before);
});

test.each(described)("$key by a token that only deploys", async (row) => {
  const subject = await aSubject();
  const headers = await asToken(await aUser("admin"), { deployOnly: true });
  const { status } = await answerFor(row, headers, subject);
  const mayDeploy = TO_DEPLOY.test(row.handler.definition.permission ?? "");
  if (mayDeploy) expect([401, 403, 500]).not.toContain(status);
  else expect(status).toBe(403);
});

async function answerFor(row: (typeof handlers)[number], headers: Record<string, string>, subject: Subject) {
  const params = row.path.startsWith("/api/targets") ? { ...subject.params, name: "local" } : subject.params;
  const body = row.method === "GET" || row.method === "DELETE" ? undefined : (BODIES[row.key]?.(subject) ?? {});
  return call(row.handler, { method: row.method, path: row.path, params, headers, body });
}

/** The state of a service that a call could have changed. */
function stateOf({ serviceId }: Subject) {
  return db.service.findUniqueOrThrow({
    where: { id: serviceId },
    include: { deployments: true, environmentRevisions: true, releases: true },
  });
}
