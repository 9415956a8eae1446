import { randomUUID } from "node:crypto";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { NewService, ServiceChange } from "@/lib/contracts/service";
import { SERVICE_STATUSES, type ServiceStatus } from "@/lib/contracts/service-status";
import type { Actor, TokenScope } from "@/lib/contracts/user";
import { aPerson } from "@/lib/engine/test-service";
import { withAskedHost } from "@/lib/platform/asked-host";
import { db, Prisma } from "@/lib/platform/db/client";
import { testDatabase } from "@/lib/platform/db/test-database";
import { revealAll } from "@/lib/platform/secrets/secret";
import { ensureLocalTarget } from "@/lib/targets/ensure-targets";
import { EVERYTHING, grantMembers } from "@/lib/targets/test-grants";
import { changeService } from "./change-service";
import { createService } from "./create-service";
import { changeEnvironment, revealEnvironment } from "./environment-commands";
import { revealRevision } from "./environment-store";
import { putService } from "./put-service";
import { readServiceMask, serviceState } from "./running-service";
import { findServiceDetail, findServiceRow, listServices } from "./service-store";

let admin: Actor & { id: string };
let ana: Actor & { id: string };
let ben: Actor & { id: string };
let viewer: Actor & { id: string };
let root: string;

beforeAll(async () => {
  const { dataDir } = await testDatabase();
  root = join(dataDir, "sources");
  process.env.LANDFALL_SOURCE_ROOTS = root;
  await mkdir(join(root, "app"), { recursive: true });
  await symlink("/etc", join(root, "escape"));
  await ensureLocalTarget();
  await grantMembers(EVERYTHING);
  [admin, ana, ben, viewer] = [
    await aPerson("admin"),
    await aPerson("member", "ana"),
    await aPerson("member", "ben"),
    await aPerson("viewer"),
  ];
});
beforeEach(async () => {
  await db.idempotencyKey.deleteMany();
  await db.service.updateMany({ data: { environmentRevisionId: null } });
  await db.service.deleteMany();
  await db.target.updateMany({ data: { disabledAt: null } });
});

function aNew(change: Partial<NewService> = {}): NewService {
  const source = { kind: "folder", path: join(root, "app") };
  return NewService.parse({ name: "shop", driver: "process", source, port: 4100, ...change });
}
const wrongFields = (error: { fields: { path: (string | number)[]; code: string }[] }) =>
  Object.fromEntries(error.fields.map(({ path, code }) => [path.join("."), code]));
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("it was accepted"),
    (error) => error,
  );
const counts = async () => [await db.service.count(), await db.environmentRevision.count()];

test("a service is written down with its environment sealed, and the trail has no value of it", async () => {
  const created = await createService(aNew({ environment: { TOKEN: "s3cret-value", EMPTY: "" } }), ana);
  expect(created).toMatchObject({
    name: "shop",
    owner: { id: ana.id, name: "ana" },
    target: { name: "this-machine", kind: "local" },
    url: null,
    currentRelease: null,
    lastDeployment: null,
    environmentRevision: 1,
    environment: [
      { name: "EMPTY", revision: 1, changedBy: "ana" },
      { name: "TOKEN", revision: 1, changedBy: "ana" },
    ],
    health: { healthyThreshold: 3 },
  });
  const [revision] = await db.environmentRevision.findMany();
  expect(revision && revealAll(revealRevision(revision))).toEqual({ TOKEN: "s3cret-value", EMPTY: "" });
  const everything = JSON.stringify([
    await db.environmentRevision.findMany(),
    await db.auditEvent.findMany(),
    await db.service.findMany(),
  ]);
  expect(everything).not.toContain("s3cret-value");
  expect(await db.auditEvent.findFirst({ where: { subjectId: created.id } })).toMatchObject({
    action: "service.create",
    actorId: ana.id,
  });
});

test("every wrong field is named at once, and nothing is written", async () => {
  await createService(aNew({ name: "first" }), ana);
  const before = await counts();
  const error = await refusal(
    createService(
      aNew({ source: { kind: "folder", path: "/etc" }, port: 4100, settings: { memoryMb: 1, nonsense: true } }),
      ana,
    ),
  );
  expect(error.code).toBe("invalid-request");
  expect(wrongFields(error)).toEqual({
    "source.path": "source-outside-roots",
    port: "port-taken",
    "settings.memoryMb": "too-low",
    "settings.nonsense": "unknown-field",
  });
  expect(await counts()).toEqual(before);
});

test.each([
  ["an unknown target", { target: "nowhere" }, { target: "not-found" }],
  [
    "a driver of another kind of target",
    { driver: "dokploy" as const, source: { kind: "image" as const, image: "nginx" } },
    { driver: "driver-not-for-target" },
  ],
  [
    "a folder that is not there",
    { source: { kind: "folder" as const, path: "/ROOT/none" } },
    { "source.path": "source-missing" },
  ],
  [
    "a symlink out of the roots",
    { source: { kind: "folder" as const, path: "/ROOT/escape" } },
    { "source.path": "source-outside-roots" },
  ],
  [
    "an upload nobody made",
    { source: { kind: "archive" as const, uploadId: crypto.randomUUID() } },
    { "source.uploadId": "not-found" },
  ],
  [
    "an image where processes run",
    { source: { kind: "image" as const, image: "nginx" } },
    { "source.kind": "source-not-for-driver" },
  ],
])("%s names its field", async (_, change, expected) => {
  const input = JSON.parse(JSON.stringify(change).replace("/ROOT", root)) as Partial<NewService>;
  const error = await refusal(createService(aNew(input), ana));
  expect([error.code, wrongFields(error)]).toEqual(["invalid-request", expected]);
  expect(await counts()).toEqual([0, expect.any(Number)]);
});

test("what a driver refuses while it deploys is refused when it is saved, and nothing is written", async () => {
  const before = await counts();
  const asked = { domain: "app.example.com", volumes: [{ name: "data", path: "/data/.." }] };
  expect(wrongFields(await refusal(createService(aNew(asked), ana)))).toEqual({
    domain: "domain-not-for-driver",
    "volumes.0.path": "volume-path-not-usable",
  });
  const unit = { driver: "systemd", settings: { start: "run \uffff" }, environment: { BELL: "\uffff" } } as const;
  expect(wrongFields(await refusal(createService(aNew(unit), ana)))).toEqual({
    "environment.BELL": "not-for-systemd",
    "settings.start": "not-for-systemd",
  });
  expect(await counts()).toEqual(before);

  await createService(aNew({ driver: "systemd", domain: "app.example.com" }), ana);
  const moved = await refusal(changeService("shop", ServiceChange.parse({ driver: "process" }), ana));
  expect(wrongFields(moved)).toEqual({ domain: "domain-not-for-driver" });
  const changed = await refusal(changeEnvironment("shop", { set: { BELL: "\uffff" }, unset: [] }, ana));
  expect(wrongFields(changed)).toEqual({ "set.BELL": "not-for-systemd" });
  expect(await db.environmentRevision.count()).toBe(0);
});

test("what the newest check of a host says is missing there is refused when it is saved", async () => {
  const tools = { docker: "26.1", systemd: null, caddy: null, node: "24", npm: "11", python3: null };
  const memoryTotalBytes = 512 * 1024 * 1024;
  await db.target.updateMany({ data: { lastCheck: { ok: true, tools, memoryTotalBytes, cores: 2, problem: null } } });
  const wrongWith = async (change: Partial<NewService>) => wrongFields(await refusal(createService(aNew(change), ana)));
  expect(await wrongWith({ driver: "systemd" })).toEqual({ driver: "tool-missing" });
  expect(await wrongWith({ driver: "docker", domain: "app.example.com" })).toEqual({ domain: "tool-missing" });
  expect(await wrongWith({ settings: { memoryMb: 513, cpus: 2.5 } })).toEqual({
    "settings.memoryMb": "too-high",
    "settings.cpus": "too-high",
  });
  await createService(aNew({ driver: "docker", settings: { memoryMb: 512, cpus: 2 } }), ana);
  // A failed check says nothing about the host's tools.
  await db.target.updateMany({ data: { lastCheck: { ok: false, tools, problem: null } } });
  await createService(aNew({ driver: "systemd", name: "unit", port: 4101 }), ana);
  await db.target.updateMany({ data: { lastCheck: Prisma.DbNull } });
});

test.each(["/ü", "/a b", "/a#b", "/a\\b", "/%zz", "/a[1]", "health"])(
  "a health path no request can ask is refused: %s",
  (path) => {
    expect(ServiceChange.safeParse({ healthPath: path }).error?.issues[0]?.message).toBe("not-a-path");
  },
);

test.each(["/", "/%C3%BC", "/health?deep=1&x=~a", "/a:b@c/$!*'(),;="])(
  "a health path that can be asked: %s",
  (path) => {
    expect(ServiceChange.safeParse({ healthPath: path }).success).toBe(true);
  },
);

test("what is only in the way of something is a conflict", async () => {
  await createService(aNew(), ana);
  const taken = await refusal(createService(aNew({ port: 4200 }), ben));
  expect([taken.code, wrongFields(taken)]).toEqual(["name-taken", { name: "name-taken" }]);
  const port = await refusal(createService(aNew({ name: "other" }), ben));
  expect([port.code, wrongFields(port)]).toEqual(["port-taken", { port: "port-taken" }]);
  await db.target.updateMany({ data: { disabledAt: new Date() } });
  const disabled = await refusal(createService(aNew({ name: "other", port: 4300 }), ben));
  expect([disabled.code, wrongFields(disabled)]).toEqual(["target-disabled", { target: "target-disabled" }]);
});

test("of many that want one name or one port at once, one gets it", async () => {
  const names = await Promise.allSettled([4101, 4102, 4103, 4104].map((port) => createService(aNew({ port }), ana)));
  expect(names.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  const ports = await Promise.allSettled(
    ["a", "b", "c", "d"].map((name) => createService(aNew({ name, port: 4999 }), ana)),
  );
  expect(ports.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(await db.service.count()).toBe(2);
});

test("an idempotency key makes one service, and answers it again", async () => {
  const options = { idempotencyKey: "k", requestHash: "h" };
  const [first, second] = await Promise.all([createService(aNew(), ana, options), createService(aNew(), ana, options)]);
  expect(second.id).toBe(first.id);
  expect((await refusal(createService(aNew(), ana, { ...options, requestHash: "other" }))).code).toBe(
    "idempotency-key-reused",
  );
});

test("a change keeps what it does not name, and the trail says from what to what", async () => {
  const created = await createService(aNew({ driver: "docker", domain: "shop.example.com", dropletId: 4 }), ana);
  const changed = await changeService(
    "shop",
    ServiceChange.parse({ port: 4200, domain: null, health: { stabilityMs: 0 } }),
    ana,
  );
  expect(changed).toMatchObject({
    port: 4200,
    domain: null,
    dropletId: 4,
    healthPath: "/health",
    health: { stabilityMs: 0, healthyThreshold: 3 },
  });
  const trail = await db.auditEvent.findFirst({ where: { subjectId: created.id, action: "service.change" } });
  expect(trail?.details).toMatchObject({
    port: { from: 4100, to: 4200 },
    domain: { from: "shop.example.com", to: null },
  });
});

test("a change that changes nothing leaves no trail; a wrong one leaves the service as it is", async () => {
  const { id } = await createService(aNew(), ana);
  await createService(aNew({ name: "other", port: 4300 }), ana);
  await changeService("shop", { port: 4100, autoRegister: true }, ana);
  expect(await db.auditEvent.count({ where: { subjectId: id, action: "service.change" } })).toBe(0);
  const error = await refusal(
    changeService("shop", { port: 4300, source: { kind: "folder", path: "/etc" }, settings: { cpus: 0 } }, ana),
  );
  expect(wrongFields(error)).toEqual({
    port: "port-taken",
    "source.path": "source-outside-roots",
    "settings.cpus": "too-low",
  });
  expect((await findServiceDetail(id))?.port).toBe(4100);
});

test("each changed name keeps who changed it and when; a change of nothing makes no revision", async () => {
  await createService(aNew({ environment: { A: "1", B: "2", C: "3" } }), ana);
  const changed = await changeEnvironment("shop", { set: { B: "2", C: "new", D: "4" }, unset: ["A", "NONE"] }, admin);
  expect(changed).toMatchObject({
    revision: 2,
    variables: [
      { name: "B", revision: 1, changedBy: "ana" },
      { name: "C", revision: 2, changedBy: "admin" },
      { name: "D", revision: 2, changedBy: "admin" },
    ],
  });
  expect((await changeEnvironment("shop", { set: { D: "4" }, unset: [] }, ana)).revision).toBe(2);
  const trail = await db.auditEvent.findMany({ where: { action: "environment.change" }, orderBy: { id: "desc" } });
  expect(trail[0]).toMatchObject({ actorId: admin.id, details: { set: ["C", "D"], unset: ["A"], revision: 2 } });
});

test("a variable says whether logs mask it: guessed when it is set, and as a person chose from then on", async () => {
  await createService(aNew({ environment: { API_TOKEN: "abcd-efgh", REGION: "eu-central-1" } }), ana);
  const marksOf = async () =>
    (await findServiceDetail((await findServiceRow("shop"))?.id ?? ""))?.environment.map(
      ({ name, secret, secretChosen }) => [name, secret, secretChosen],
    );
  expect(await marksOf()).toEqual([
    ["API_TOKEN", true, false],
    ["REGION", false, false],
  ]);
  await changeEnvironment("shop", { set: {}, unset: [], secret: { REGION: true } }, ana);
  await changeEnvironment("shop", { set: { REGION: "us-east-1", MODE: "fast" }, unset: [] }, ana);
  expect(await marksOf()).toEqual([
    ["API_TOKEN", true, false],
    ["MODE", false, false],
    ["REGION", true, true],
  ]);
  const mask = await readServiceMask((await findServiceRow("shop"))?.id ?? "");
  expect(mask("abcd-efgh us-east-1 fast")).toBe("******** ******** fast");
  const unknown = changeEnvironment("shop", { set: {}, unset: [], secret: { NONE: true } }, ana);
  expect(wrongFields(await unknown.catch((error) => error))).toEqual({ "secret.NONE": "not-found" });
});

test("two people who change an environment at once both get their change", async () => {
  await createService(aNew(), ana);
  const set = (name: string) => changeEnvironment("shop", { set: { [name]: name }, unset: [] }, ana);
  await Promise.all(["A", "B", "C", "D", "E"].map(set));
  const detail = await findServiceDetail((await listServices({}, { limit: 1 })).items[0]?.id ?? "");
  expect(detail?.environment.map(({ name }) => name)).toEqual(["A", "B", "C", "D", "E"]);
  expect(detail?.environmentRevision).toBe(5);
});

test("a name that is set and unset at once is refused", async () => {
  await createService(aNew(), ana);
  const error = await refusal(changeEnvironment("shop", { set: { A: "1" }, unset: ["B", "A"] }, ana));
  expect([error.code, wrongFields(error)]).toEqual(["invalid-request", { "unset.1": "set-and-unset" }]);
});

test("one value is revealed to its owner, and the trail says so", async () => {
  const { id } = await createService(aNew({ environment: { TOKEN: "s3cret-value" } }), ana);
  expect(await revealEnvironment("shop", "TOKEN", ana)).toEqual({ name: "TOKEN", value: "s3cret-value" });
  for (const name of ["NONE", "toString", "constructor"]) {
    expect((await refusal(revealEnvironment("shop", name, ana))).code).toBe("not-found");
  }
  expect((await refusal(revealEnvironment("shop", "TOKEN", ben))).code).toBe("not-found");
  expect((await refusal(revealEnvironment("shop", "TOKEN", viewer))).code).toBe("forbidden");
  const trail = await db.auditEvent.findMany({ where: { subjectId: id, action: "environment.reveal" } });
  expect(trail).toMatchObject([{ actorId: ana.id, details: { variable: "TOKEN" } }]);
});

test("members see their own services only, and nobody else's is there for them", async () => {
  await createService(aNew(), ana);
  await createService(aNew({ name: "bens", port: 4200 }), ben);
  const names = async (ownerId?: string) =>
    (await listServices({ ownerId }, { limit: 10 })).items.map(({ name }) => name);
  expect(await names(ana.id)).toEqual(["shop"]);
  expect(await names()).toEqual(["bens", "shop"]);
  expect((await refusal(changeService("shop", { port: 5000 }, ben))).code).toBe("not-found");
  expect((await refusal(changeService("shop", { port: 5000 }, viewer))).code).toBe("forbidden");
  expect((await refusal(changeEnvironment("shop", { set: {}, unset: [] }, ben))).code).toBe("not-found");
  expect((await refusal(serviceState("shop", ben))).code).toBe("not-found");
});

test("lists page by key, search in names and know the last deployment and where it is reached", async () => {
  for (const [index, name] of ["api", "shop-eu", "shop-us"].entries())
    await createService(aNew({ name, port: 4400 + index }), ana);
  const first = await listServices({ search: "SHOP" }, { limit: 1 });
  expect(first.items.map(({ name }) => name)).toEqual(["shop-us"]);
  const second = await listServices({ search: "SHOP" }, { limit: 1, after: first.next ?? undefined });
  expect([second.items.map(({ name }) => name), second.next]).toEqual([["shop-eu"], null]);
  expect((await listServices({ target: "none" }, { limit: 5 })).items).toEqual([]);

  const { id, target } = first.items[0] ?? expect.unreachable("no service");
  const shared = { serviceId: id, targetId: target.id, driver: "process", spec: {}, trigger: "api" };
  await db.deployment.create({
    data: { ...shared, number: 1, kind: "deploy", state: "succeeded", url: "http://localhost:4402" },
  });
  await db.deployment.create({ data: { ...shared, number: 2, kind: "deploy", state: "failed" } });
  const [listed] = (await listServices({ search: "shop-us" }, { limit: 1 })).items;
  expect(listed).toMatchObject({ url: "http://localhost:4402", lastDeployment: { number: 2, state: "failed" } });
  const asked = new Request("http://localhost/", { headers: { host: "10.0.0.7:3000" } });
  const seen = await withAskedHost(asked, () => listServices({ search: "shop-us" }, { limit: 1 }));
  expect(seen.items[0]?.url).toBe("http://10.0.0.7:4402");
  await db.deployment.deleteMany();
});

test("a list tells what is live and how the last deployment ended, narrows to either, and pages by name", async () => {
  for (const [index, name] of ["crashing", "down", "failing", "fine", "fresh", "sick"].entries())
    await createService(aNew({ name, port: 4500 + index }), ana);
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 12, minute));
  const rows = await db.service.findMany({ where: { name: { not: "fresh" } } });
  for (const { id: serviceId, name, targetId } of rows) {
    const shared = { serviceId, targetId, driver: "process", spec: {} };
    const deployed = { ...shared, trigger: "api", kind: "deploy" };
    const { id: deploymentId } = await db.deployment.create({
      data: { ...deployed, number: 1, state: "succeeded", finishedAt: at(1) },
    });
    if (name === "failing") await db.deployment.create({ data: { ...deployed, number: 2, state: "failed" } });
    const release = await db.release.create({ data: { ...shared, deploymentId, number: 4, artifact: {} } });
    await db.service.update({ where: { id: serviceId }, data: { currentReleaseId: release.id } });
    const condition = { crashing: "unsteady", down: "down" }[name] ?? "good";
    await db.serviceCheck.create({
      data: { serviceId, releaseId: release.id, condition, since: at(5), checkedAt: at(6) },
    });
    const health = { serviceId, releaseId: release.id, since: at(7), dueAt: at(8) };
    await db.serviceHealth.create({ data: { ...health, state: name === "sick" ? "unhealthy" : "healthy" } });
  }
  const first = await listServices({ order: "name" }, { limit: 3 });
  const { items: rest } = await listServices({ order: "name" }, { limit: 3, after: first.next ?? undefined });
  const live = (state: string, minute?: number) => ({
    state,
    release: state === "none" ? null : 4,
    since: minute ? at(minute).toISOString() : null,
  });
  expect([...first.items, ...rest].map((item) => [item.name, item.live, item.lastDeployment?.state])).toEqual([
    ["crashing", live("restarting", 5), "succeeded"],
    ["down", live("down", 5), "succeeded"],
    ["failing", live("live", 1), "failed"],
    ["fine", live("live", 1), "succeeded"],
    ["fresh", live("none"), undefined],
    ["sick", live("unhealthy", 7), "succeeded"],
  ]);
  const those = async (status: ServiceStatus) =>
    (await listServices({ status, order: "name" }, { limit: 9 })).items.map(({ name }) => name);
  expect(await Promise.all(SERVICE_STATUSES.map(those))).toEqual([
    ["down"],
    ["crashing"],
    ["sick"],
    ["failing"],
    [],
    ["failing", "fine"],
    ["fresh"],
  ]);
  await db.service.updateMany({ data: { currentReleaseId: null } });
  await db.release.deleteMany();
  await db.deployment.deleteMany();
});

test("what was never deployed is absent, and a service of another machine is unknown", async () => {
  await createService(aNew(), ana);
  expect((await serviceState("shop", viewer)).state).toBe("absent");
  const { id } = await db.target.create({ data: { name: "there", kind: "local", settings: { machine: "another" } } });
  await db.service.updateMany({ data: { targetId: id } });
  expect((await serviceState("shop", ana)).state).toBe("unknown");
});

const put = (change: object = {}) => ({
  name: "shop",
  driver: "process" as const,
  source: aNew().source,
  port: 4100,
  ...change,
});

test("which variables of a new service are secrets can be said; the rest is guessed", async () => {
  const environment = { REGION: "eu-west-1", GREETING: "hello there", API_TOKEN: "not-so-secret" };
  const { environment: variables } = await createService(
    aNew({ environment, secret: { REGION: true, API_TOKEN: false } }),
    ana,
  );
  expect(variables.map(({ name, secret, secretChosen }) => [name, secret, secretChosen])).toEqual([
    ["API_TOKEN", false, true],
    ["GREETING", false, false],
    ["REGION", true, true],
  ]);
  const { id } = await db.service.findFirstOrThrow();
  const mask = await readServiceMask(id);
  expect(mask("eu-west-1 not-so-secret")).toBe("******** not-so-secret");
  const unknown = await refusal(createService(aNew({ name: "other", port: 4101, secret: { ABSENT: true } }), ana));
  expect(wrongFields(unknown)).toEqual({ "secret.ABSENT": "not-found" });
});

test("a put makes a service, or changes the one of that name, and replaces its environment", async () => {
  await putService(put({ environment: { A: "1", B: "2" }, dropletId: 3 }), ana);
  await putService(put({ port: 4200, environment: { B: "2", C: "3" } }), ana);
  const [service] = await db.service.findMany();
  const detail = await findServiceDetail(service?.id ?? "");
  expect(detail).toMatchObject({ port: 4200, dropletId: 3, owner: { id: ana.id }, environmentRevision: 2 });
  expect(detail?.environment.map(({ name, revision }) => [name, revision])).toEqual([
    ["B", 1],
    ["C", 2],
  ]);
  await putService(put({ port: 4200 }), ana);
  expect((await findServiceDetail(service?.id ?? ""))?.environmentRevision).toBe(2);
});

test("a token that only deploys puts what is there already, of its services, and changes nothing", async () => {
  await putService(put({ environment: { A: "1" } }), ana);
  const [service] = await db.service.findMany();
  const token = (scope: Partial<TokenScope>): Actor => ({
    ...{ ...ana, tokenId: randomUUID() },
    scope: { services: [], targets: [], deployOnly: true, ...scope },
  });
  for (const scope of [{}, { services: [service?.id ?? ""] }, { targets: [service?.targetId ?? ""] }])
    await putService(put(), token(scope));
  const changes = { port: 4200, source: { kind: "folder" as const, path: "/etc" }, environment: { A: "1" } };
  const refused = await refusal(putService(put(changes), token({})));
  expect([refused.code, wrongFields(refused)]).toEqual([
    "forbidden",
    { port: "deploys-only", "source.path": "deploys-only", environment: "deploys-only" },
  ]);
  for (const scope of [{ services: [randomUUID()] }, { targets: [randomUUID()] }])
    expect((await refusal(putService(put(), token(scope)))).code).toBe("forbidden");
  expect((await refusal(putService(put({ name: "new" }), token({})))).code).toBe("forbidden");
  expect(await db.service.findMany()).toEqual([service]);
  // A token that is limited to a service, but not to deploying, may change it.
  await putService(put({ port: 4200 }), token({ services: [service?.id ?? ""], deployOnly: false }));
  expect((await db.service.findFirstOrThrow()).port).toBe(4200);
});

test("a put of somebody else's name is taken, of another target is refused, and half of one is nothing", async () => {
  await putService(put({ environment: { A: "1" } }), ana);
  const taken = await refusal(putService(put({ port: 4200 }), ben));
  expect([taken.code, wrongFields(taken)]).toEqual(["name-taken", { name: "name-taken" }]);
  expect((await refusal(putService(put(), viewer))).code).toBe("forbidden");
  await db.target.create({ data: { name: "web-1", kind: "ssh", settings: {} } });
  expect(wrongFields(await refusal(putService(put({ target: "web-1" }), ana)))).toEqual({ target: "cannot-be-moved" });

  const wrong = put({ source: { kind: "folder", path: "/etc" }, environment: { A: "2" } });
  expect(wrongFields(await refusal(putService(wrong, ana)))).toEqual({ "source.path": "source-outside-roots" });
  expect(await db.environmentRevision.count({ where: { service: { name: "shop" } } })).toBe(1);
});

test("a key that was used for another request changes nothing", async () => {
  await putService(put(), ana, { idempotencyKey: "k", requestHash: "one" });
  const error = await refusal(putService(put({ port: 4200 }), ana, { idempotencyKey: "k", requestHash: "two" }));
  expect(error.code).toBe("idempotency-key-reused");
  expect((await db.service.findFirstOrThrow()).port).toBe(4100);
});
