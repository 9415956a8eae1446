import { hostname } from "node:os";
import { beforeAll, expect, test } from "vitest";
import { asToken } from "@/lib/auth/test-callers";
import { HealthCheck } from "@/lib/contracts/health-check";
import type { DeploymentSpec } from "@/lib/contracts/service";
import { db } from "@/lib/db/client";
import { aLocalTarget } from "@/lib/deployments/test-service";
import type { RouteHandler } from "@/lib/http/definition";
import { METHODS } from "@/lib/http/openapi";
import { call } from "@/lib/http/test-call";
import { aUser } from "@/lib/users/test-people";
import { GET as openApi } from "./openapi.json/route";
import { ROUTES } from "./routes";

type Caller = "anybody" | "admin" | "viewer" | "member" | "owner";
const EVERYBODY: readonly Caller[] = ["admin", "viewer", "member"];
const READERS: readonly Caller[] = ["admin", "viewer", "owner"];
const OWNERS: readonly Caller[] = ["admin", "owner"];
const ADMIN: readonly Caller[] = ["admin"];

/**
 * Who may call what, said once more and apart from the routes. `owner` is a member whose own it is; to any other member
 * it is not there. A route that is missing here fails the test: somebody has to think about it.
 */
const ACCESS: Record<string, readonly Caller[]> = {
  "GET /api/audit": ["admin", "viewer"],
  "GET /api/backups": ["admin", "viewer"],
  "POST /api/backups": ADMIN,
  "GET /api/capabilities": ["anybody"],
  "GET /api/check/[name]": ["anybody"],
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
  "GET /api/health": ["anybody"],
  "GET /api/image-registries": ["admin", "viewer"],
  "POST /api/image-registries": ADMIN,
  "PATCH /api/image-registries/[registryId]": ADMIN,
  "DELETE /api/image-registries/[registryId]": ADMIN,
  "GET /api/me": EVERYBODY,
  "PATCH /api/me": EVERYBODY,
  // A token of its own, or this machine: no person's rights count.
  "GET /api/metrics": [],
  "GET /api/openapi.json": ["anybody"],
  "GET /api/overview": EVERYBODY,
  "GET /api/registrations": EVERYBODY,
  "GET /api/registry/droplets": EVERYBODY,
  "POST /api/registry/droplets": ADMIN,
  "GET /api/registry/droplets/[dropletId]": EVERYBODY,
  "PATCH /api/registry/droplets/[dropletId]": ADMIN,
  "DELETE /api/registry/droplets/[dropletId]": ADMIN,
  "GET /api/registry/droplets/name/[name]": EVERYBODY,
  "GET /api/registry/health": ["anybody"],
  "POST /api/registry/register": ADMIN,
  "GET /api/services": EVERYBODY,
  "POST /api/services": ["admin", "member"],
  "GET /api/services/[name]": READERS,
  "PATCH /api/services/[name]": OWNERS,
  "DELETE /api/services/[name]": OWNERS,
  "POST /api/services/[name]/check": READERS,
  "GET /api/services/[name]/environment": READERS,
  "PATCH /api/services/[name]/environment": OWNERS,
  "GET /api/services/[name]/environment/[variable]": OWNERS,
  "GET /api/services/[name]/history": READERS,
  "GET /api/services/[name]/logs": READERS,
  "GET /api/services/[name]/releases": READERS,
  "POST /api/services/[name]/rollback": OWNERS,
  "GET /api/services/[name]/rollback-preview": READERS,
  "GET /api/services/[name]/state": READERS,
  "DELETE /api/stack/[name]": OWNERS,
  "GET /api/stacks": EVERYBODY,
  "GET /api/stacks/[name]": READERS,
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
  "POST /api/tokens": EVERYBODY,
  "DELETE /api/tokens/[tokenId]": OWNERS,
  "POST /api/uploads": ["admin", "member"],
  "GET /api/uploads/[uploadId]": READERS,
  "GET /api/users": ["admin", "viewer"],
  "POST /api/users": ADMIN,
  "GET /api/users/[userId]": ["admin", "viewer"],
  "PATCH /api/users/[userId]": ADMIN,
};

/** Viewers have tokens too: those of others are not there for them, as for a member. */
const HIDDEN_FROM_VIEWERS = ["DELETE /api/tokens/[tokenId]"];

/** Valid ones, where an invalid body would be refused before anybody asks whose it is. Everything else gets `{}`. */
const BODIES: Record<string, (subject: Subject) => unknown> = {
  "POST /api/deployments": ({ name }) => ({ service: name }),
};

const handlers = Object.entries({ ...ROUTES, "/api/openapi.json": { GET: openApi } }).flatMap(([path, module]) =>
  METHODS.flatMap((method) => {
    const handler = (module as Partial<Record<string, RouteHandler>>)[method];
    return handler ? [{ key: `${method} ${path}`, method, path, handler }] : [];
  }),
);

let people: Record<"admin" | "viewer" | "member" | "owner", Record<string, string>>;
let ownerId: string;
let targetId: string;
beforeAll(async () => {
  const owner = await aUser("member");
  ownerId = owner.id;
  targetId = (await aLocalTarget()).id;
  people = {
    admin: await asToken(await aUser("admin")),
    viewer: await asToken(await aUser("viewer")),
    member: await asToken(await aUser("member")),
    owner: await asToken(owner),
  };
});

const SPEC: DeploymentSpec = {
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
};

interface Subject {
  name: string;
  params: Record<string, string>;
}
let subjects = 0;

/** One of everything that an address can name, all of it the owner's. */
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
    data: { name, dropletId: subjects, endpoint: "http://localhost", registeredAt: new Date() },
  });
  const summary = { kind: "zip", files: 1, unpackedBytes: 1, folder: null, entries: ["a"] };
  const completed = { bytes: 1, sha256: "0".repeat(64), summary, completedAt: new Date() };
  const upload = await db.upload.create({ data: { ownerId, fileName: name, ...completed } });
  const registry = await db.imageRegistry.create({
    data: { host: `${name}.example.com`, username: name, sealedPassword: "" },
  });
  const ids = {
    uploadId: upload.id,
    registryId: registry.id,
    deploymentId: deployment.id,
    jobId: deployment.id,
    tokenId: token.id,
    userId: ownerId,
    dropletId: String(droplet.dropletId),
  };
  return { name, params: { ...ids, name, serviceName: name, variable: "ABSENT" } };
}

async function statusFor(
  row: (typeof handlers)[number],
  headers: Record<string, string>,
  subject: Subject,
): Promise<number> {
  const params = row.path.startsWith("/api/targets") ? { ...subject.params, name: "local" } : subject.params;
  const body = row.method === "GET" || row.method === "DELETE" ? undefined : (BODIES[row.key]?.(subject) ?? {});
  const { status } = await call(row.handler, { method: row.method, path: row.path, params, headers, body });
  return status;
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

  for (const caller of ["viewer", "member", "owner", "admin"] as const) {
    const status = await statusFor(row, people[caller], subject);
    const may = allowed.includes(caller) || (caller === "owner" && allowed.includes("member"));
    if (may) expect([401, 403, 500], `${caller}: ${status}`).not.toContain(status);
    // To a member what is somebody else's is not there; an action nobody of the role has is forbidden.
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
