import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { NewService, ServiceChange } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { requestDeployment } from "@/lib/engine/request-deployment";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { revealAll } from "@/lib/platform/secrets/secret";
import { changeService } from "@/lib/services/change-service";
import { createService } from "@/lib/services/create-service";
import { changeEnvironment, revealEnvironment } from "@/lib/services/environment-commands";
import { readEnvironment } from "@/lib/services/environment-store";
import { listServices } from "@/lib/services/service-store";
import { changeTemplate } from "@/lib/services/templates/template-commands";
import { checkStackName } from "./check-new-stack";
import { createStack, removeStack } from "./stack-commands";
import { listOwnedStacks, listStackOffers, ownedStack } from "./stack-store";
import { aDokployTarget, aTemplate, removedStack } from "./test-stacks";

vi.stubEnv("NEXTAUTH_URL", "https://console.apps.example.com");

let admin: Actor & { id: string };
let ana: Actor & { id: string };
let ben: Actor & { id: string };
let viewer: Actor & { id: string };

beforeAll(async () => {
  [admin, ana, ben, viewer] = [
    await aPerson("admin"),
    await aPerson("member", "ana"),
    await aPerson("member", "ben"),
    await aPerson("viewer"),
  ];
});
beforeEach(async () => {
  await db.$executeRaw`TRUNCATE service, target, stack_template, idempotency_key CASCADE`;
});

const code = (expected: string) => expect.objectContaining({ code: expected });
const wrongFields = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("it was accepted"),
    ({ code: of, fields }) => [
      of,
      fields.map((field: { path: unknown[]; code: string }) => [...field.path, field.code]),
    ],
  );
const page = { limit: 25 };
const serviceOf = (name: string) => db.service.findFirstOrThrow({ where: { name, deletedAt: null } });

test("a stack is a service of its template, with a deployment that is under way", async () => {
  const target = await aDokployTarget();
  await aTemplate({ limits: { memoryMb: 512, cpus: null }, environment: { MODE: "team" }, healthPath: "/ready" });
  const deployment = await createStack({ name: "mine" }, ana);
  expect(deployment).toMatchObject({
    stackName: "mine",
    kind: "deploy",
    state: "queued",
    url: "https://mine.apps.example.com",
    resources: { projectId: null, environmentId: null, applicationId: null, domainId: null },
  });
  expect(deployment.phases).toHaveLength(9);
  const service = await serviceOf("mine");
  expect(service).toMatchObject({
    ownerId: ana.id,
    targetId: target.id,
    driver: "dokploy",
    source: { kind: "image", image: "ghcr.io/acme/workspace:1.4" },
    port: 8080,
    healthPath: "/ready",
    domain: "mine.apps.example.com",
    settings: { https: true, memoryMb: 512 },
    volumes: [{ name: `landfall-${ana.id.slice(-8)}-portal-ai-workspace-mine`, path: "/workspace" }],
    autoRegister: false,
    health: { portTimeoutMs: 60_000, intervalMs: 5_000, stabilityMs: 10_000 },
  });
  const { spec } = await db.deployment.findUniqueOrThrow({ where: { id: deployment.id } });
  expect(spec).toMatchObject({ serviceName: "mine", environmentRevisionId: service.environmentRevisionId });
  expect(revealAll((await readEnvironment(db, service.id))?.values ?? {})).toEqual({ MODE: "team" });
  const trail = await db.auditEvent.findMany({ where: { actorId: ana.id }, orderBy: { id: "asc" } });
  expect(trail.map(({ action, subjectName }) => [action, subjectName])).toEqual([
    ["stack.create", "mine"],
    ["deployment.deploy", "mine"],
  ]);
});

test("a name has 3 to 20 letters, digits and inner hyphens, and is not kept back", async () => {
  const valid = ["abc", "a-b", "x1".repeat(10)];
  for (const name of valid) expect(await checkStackName(name, null)).toEqual({ valid: true, available: true });
  const wrong = [
    ["ab", "name-length"],
    ["a".repeat(21), "name-length"],
    ["-abc", "not-a-dns-label"],
    ["abc-", "not-a-dns-label"],
    ["Abc", "not-a-dns-label"],
    ["a_b", "not-a-dns-label"],
    ["a.b.c", "not-a-dns-label"],
    ["münchen", "not-a-dns-label"],
    ["admin", "name-reserved"],
    ["www", "name-reserved"],
    ["new", "name-reserved"],
    ["offers", "name-reserved"],
  ];
  for (const [name = "", expected] of wrong) {
    const found = await checkStackName(name, null);
    expect([name, found.valid, found.available, found.wrong?.code]).toEqual([name, false, false, expected]);
  }
});

test("a name is taken by any service, and by a stack that is on its way out", async () => {
  await aDokployTarget();
  await aTemplate();
  await createStack({ name: "mine" }, ana);
  const taken = { valid: true, available: false, wrong: { code: "name-taken" } };
  expect(await checkStackName("mine", ana.id)).toEqual(taken);
  await expect(createStack({ name: "mine" }, ben)).rejects.toThrow(code("name-taken"));
  await removeStack("mine", ana);
  expect(await checkStackName("mine", ana.id)).toEqual(taken);
});

test("what a removed stack stored keeps its name for its owner", async () => {
  await aDokployTarget();
  await aTemplate();
  await createStack({ name: "mine" }, ana);
  await removedStack("mine", { isKept: true });
  expect((await checkStackName("mine", ben.id)).available).toBe(false);
  expect((await checkStackName("mine", admin.id)).available).toBe(false);
  expect((await checkStackName("mine", null)).available).toBe(false);
  expect((await checkStackName("mine", ana.id)).available).toBe(true);
  await expect(createStack({ name: "mine" }, ben)).rejects.toThrow(code("name-taken"));
  expect((await createStack({ name: "mine" }, ana)).stackName).toBe("mine");

  await removedStack("mine", { isKept: false });
  expect((await checkStackName("mine", null)).available).toBe(true);
  expect((await createStack({ name: "mine" }, ben)).stackName).toBe("mine");
});

test("nobody gets at another's volume by another road", async () => {
  await aDokployTarget();
  await aTemplate();
  await aTemplate({ name: "twin", volumes: [{ name: "portal-ai-{name}", path: "/data" }] });
  await createStack({ name: "mine" }, ana);
  // Two names that lead to the same volume name get two volumes, because each name has its owner.
  await createStack({ name: "workspace-mine", template: "twin" }, ben);
  expect((await serviceOf("workspace-mine")).volumes).toEqual([
    { name: `landfall-${ben.id.slice(-8)}-portal-ai-workspace-mine`, path: "/data" },
  ]);
  const hers = `landfall-${ana.id.slice(-8)}-portal-ai-workspace-mine`;

  const own = NewService.parse({
    name: "plain",
    driver: "dokploy",
    target: "dokploy",
    source: { kind: "image", image: "busybox:1" },
    port: 8080,
    domain: "plain.example.com",
    volumes: [{ name: hers, path: "/theirs" }],
  });
  expect(await wrongFields(createService(own, admin))).toEqual(["name-taken", [["volumes", 0, "name", "name-taken"]]]);
  await createService({ ...own, volumes: [] }, admin);
  const change = ServiceChange.parse({ volumes: own.volumes });
  expect(await wrongFields(changeService("plain", change, admin))).toEqual([
    "name-taken",
    [["volumes", 0, "name", "name-taken"]],
  ]);
  await removedStack("mine", { isKept: true });
  await expect(changeService("plain", change, admin)).rejects.toThrow(code("name-taken"));
});

test("no stack's name leads to a volume of the server's own, and data from before is taken up as it is called", async () => {
  await aDokployTarget();
  await aTemplate({ volumes: [{ name: "{name}", path: "/data" }] });
  await createStack({ name: "dokploy-postgres" }, ana);
  expect((await serviceOf("dokploy-postgres")).volumes).toEqual([
    { name: `landfall-${ana.id.slice(-8)}-dokploy-postgres`, path: "/data" },
  ]);
  await createStack({ name: "older" }, ana);
  await db.service.updateMany({ where: { name: "older" }, data: { volumes: [{ name: "older", path: "/data" }] } });
  await removedStack("older", { isKept: true });
  await createStack({ name: "older" }, ana);
  const volumes = (await db.service.findFirstOrThrow({ where: { name: "older", deletedAt: null } })).volumes;
  expect(volumes).toEqual([{ name: "older", path: "/data" }]);
});

test("a stack's address is never the server's own, nor another stack's", async () => {
  await aDokployTarget("dokploy", { url: "https://panel.apps.example.com" });
  await aTemplate();
  await aTemplate({ name: "twin", domainSuffix: "two.apps.example.com" });
  await expect(createStack({ name: "panel" }, ana)).rejects.toThrow(code("name-taken"));
  await createStack({ name: "mine" }, ana);
  await db.service.updateMany({ where: { name: "mine" }, data: { domain: "shop.apps.example.com" } });
  await expect(createStack({ name: "shop" }, ben)).rejects.toThrow(code("name-taken"));
});

test("what a template keeps to itself is not revealed by a stack of it", async () => {
  await aDokployTarget();
  await aTemplate({ environment: { LICENSE_KEY: "of-all-stacks" } });
  await createStack({ name: "mine" }, ana);
  await expect(revealEnvironment("mine", "LICENSE_KEY", ana)).rejects.toThrow(code("forbidden"));
  expect((await revealEnvironment("mine", "LICENSE_KEY", admin)).value).toBe("of-all-stacks");
});

test("a stack's address is never the console's own", async () => {
  await aDokployTarget();
  await aTemplate();
  await expect(createStack({ name: "console" }, ana)).rejects.toThrow(code("name-taken"));
});

test("a stack is changed through its template only", async () => {
  await aDokployTarget();
  await aTemplate();
  await createStack({ name: "mine" }, ana);
  const change = ServiceChange.parse({ source: { kind: "image", image: "evil:1" } });
  await expect(changeService("mine", change, ana)).rejects.toThrow(code("made-by-template"));
  const environment = { set: { A: "1" }, unset: [] };
  await expect(changeEnvironment("mine", environment, ana)).rejects.toThrow(code("made-by-template"));
});

test("every wrong field is named", async () => {
  await aDokployTarget();
  await aTemplate();
  expect(await wrongFields(createStack({ name: "admin", template: "gone" }, ana))).toEqual([
    "invalid-request",
    [
      ["name", "name-reserved"],
      ["template", "not-found"],
    ],
  ]);
});

test("without a template or without a server there is nothing to make a stack of", async () => {
  await expect(createStack({ name: "mine" }, ana)).rejects.toThrow(code("stacks-unconfigured"));
  await aTemplate();
  await expect(createStack({ name: "mine" }, ana)).rejects.toThrow(code("stacks-unconfigured"));
  expect(await listStackOffers(ana)).toEqual([]);
  const { id } = await aDokployTarget();
  await db.target.update({ where: { id }, data: { disabledAt: new Date() } });
  await expect(createStack({ name: "mine" }, ana)).rejects.toThrow(code("stacks-unconfigured"));
  expect(await db.service.count()).toBe(0);
});

test("a stack goes where its template says, else to the first server that takes any", async () => {
  const first = await aDokployTarget("first");
  const second = await aDokployTarget("second", { httpPort: 8081 });
  await aTemplate();
  await aTemplate({ name: "small", target: "second", domainSuffix: "localhost", https: false });
  expect(await listStackOffers(ana)).toEqual([
    { template: "workspace", description: null, urlPattern: "https://{name}.apps.example.com" },
    { template: "small", description: null, urlPattern: "http://{name}.localhost:8081" },
  ]);
  await createStack({ name: "one" }, ana);
  const { url } = await createStack({ name: "two", template: "small" }, ana);
  expect(url).toBe("http://two.localhost:8081");
  expect([(await serviceOf("one")).targetId, (await serviceOf("two")).targetId]).toEqual([first.id, second.id]);
  await db.target.update({ where: { id: second.id }, data: { disabledAt: new Date() } });
  const onSecond = createStack({ name: "three", template: "small" }, ana);
  await expect(onSecond).rejects.toThrow(code("target-disabled"));
  expect((await listStackOffers(ana)).map(({ template }) => template)).toEqual(["workspace"]);
  await db.target.updateMany({ data: { grants: {} } });
  expect(await listStackOffers(ana)).toEqual([]);
  expect((await listStackOffers(admin)).map(({ template }) => template)).toEqual(["workspace"]);
});

test("pressing twice with one key makes one stack", async () => {
  await aDokployTarget();
  await aTemplate();
  const press = () => createStack({ name: "mine" }, ana, { idempotencyKey: "k", requestHash: "h" });
  const [first, second] = await Promise.all([press(), press()]);
  expect(second.id).toBe(first.id);
  expect([await db.service.count(), await db.deployment.count()]).toEqual([1, 1]);
});

test("ten people at once for one name: one gets it", async () => {
  await aDokployTarget();
  await aTemplate();
  const people = await Promise.all(Array.from({ length: 10 }, (_, n) => aPerson("member", `person${n}`)));
  const tries = await Promise.allSettled(people.map((person) => createStack({ name: "wanted" }, person)));
  const refused = tries.filter((tried) => tried.status === "rejected");
  expect(refused.map(({ reason }) => reason.code)).toEqual(Array(9).fill("name-taken"));
  expect([await db.service.count(), await db.deployment.count()]).toEqual([1, 1]);
});

test("ten people at once for ten names: all get theirs", async () => {
  await aDokployTarget();
  await aTemplate();
  const people = await Promise.all(Array.from({ length: 10 }, (_, n) => aPerson("member", `person${n}`)));
  await Promise.all(people.map((person, n) => createStack({ name: `stack-${n}` }, person)));
  expect([await db.service.count(), await db.deployment.count()]).toEqual([10, 10]);
});

test("deploying again takes the template as it is now; address and volumes stay", async () => {
  await aDokployTarget();
  await aTemplate({ environment: { MODE: "team", OLD: "1" } });
  await createStack({ name: "mine" }, ana);
  await changeTemplate(
    "workspace",
    {
      image: "ghcr.io/acme/workspace:2.0",
      port: 9090,
      healthPath: "/up",
      https: false,
      domainSuffix: "other.example.com",
      volumes: [],
      limits: { memoryMb: 64, cpus: 0.5 },
      environment: { set: { MODE: "solo" }, unset: ["OLD"] },
    },
    admin,
  );
  const { id } = await requestDeployment({ service: "mine" }, ana);
  const { spec } = await db.deployment.findUniqueOrThrow({ where: { id } });
  const service = await serviceOf("mine");
  const present = {
    source: { kind: "image", image: "ghcr.io/acme/workspace:2.0" },
    port: 9090,
    healthPath: "/up",
    settings: { https: true, memoryMb: 64, cpus: 0.5 },
    domain: "mine.apps.example.com",
    volumes: [{ name: `landfall-${ana.id.slice(-8)}-portal-ai-workspace-mine`, path: "/workspace" }],
    environmentRevisionId: service.environmentRevisionId,
  };
  expect(spec).toMatchObject(present);
  expect(service).toMatchObject(present);
  const environment = await readEnvironment(db, service.id);
  expect([environment?.number, revealAll(environment?.values ?? {})]).toEqual([2, { MODE: "solo" }]);
  // A third deployment changes nothing, and creates no revision.
  await requestDeployment({ service: "mine" }, ana);
  expect(await db.environmentRevision.count()).toBe(2);
});

test("people see their own stacks, and who may read everything sees all of them, or one owner's", async () => {
  await aDokployTarget();
  await aTemplate();
  for (const name of ["ana-1", "ana-2", "ana-3"]) await createStack({ name }, ana);
  await createStack({ name: "ben-1" }, ben);
  const names = async (filter: { all?: boolean; owner?: string }, who: Actor) =>
    (await listOwnedStacks(filter, page, who)).items.map(({ name }) => name);
  expect(await names({}, ana)).toEqual(["ana-3", "ana-2", "ana-1"]);
  expect(await names({ all: true }, ana)).toEqual(["ana-3", "ana-2", "ana-1"]);
  expect(await names({ all: true, owner: ben.id }, ana)).toEqual(["ana-3", "ana-2", "ana-1"]);
  expect(await names({}, admin)).toEqual([]);
  expect(await names({ all: true }, admin)).toEqual(["ben-1", "ana-3", "ana-2", "ana-1"]);
  expect(await names({ all: true, owner: ben.id }, admin)).toEqual(["ben-1"]);
  expect(await names({ all: true }, viewer)).toHaveLength(4);

  const first = await listOwnedStacks({}, { limit: 2 }, ana);
  const second = await listOwnedStacks({}, { limit: 2, after: first.next ?? undefined }, ana);
  expect([first.items.length, second.items.map(({ name }) => name), second.next]).toEqual([2, ["ana-1"], null]);

  await expect(ownedStack("ana-1", ben)).rejects.toThrow(code("not-found"));
  await expect(removeStack("ana-1", ben)).rejects.toThrow(code("not-found"));
  await expect(requestDeployment({ service: "ana-1" }, ben)).rejects.toThrow(code("not-found"));
  await expect(createStack({ name: "viewers" }, viewer)).rejects.toThrow(code("forbidden"));
  await expect(removeStack("ana-1", viewer)).rejects.toThrow(code("forbidden"));
  expect((await removeStack("ana-1", admin)).kind).toBe("removal");
  // Services have a separate list.
  expect((await listServices({}, page)).items).toEqual([]);
});

test("a stack tells its state, what runs and what it would go back to", async () => {
  await aDokployTarget();
  await aTemplate();
  const { id } = await createStack({ name: "mine" }, ana);
  expect(await ownedStack("mine", ana)).toMatchObject({
    state: "waiting",
    url: "https://mine.apps.example.com",
    template: "workspace",
    owner: { name: "ana" },
    target: { name: "dokploy" },
    image: null,
    currentRelease: null,
    rollbackTo: null,
    lastDeployment: { id, number: 1, kind: "deploy", state: "queued", finishedAt: null },
    check: null,
  });
  const { id: serviceId, targetId } = await serviceOf("mine");
  const { spec } = await db.deployment.findUniqueOrThrow({ where: { id } });
  const releases = [1, 2].map((number) => ({
    serviceId,
    targetId,
    driver: "dokploy",
    number,
    deploymentId: id,
    artifact: {},
    spec: { ...(spec as object), source: { kind: "image", image: `workspace:${number}` } },
  }));
  const [first, second] = await db.release.createManyAndReturn({ data: releases });
  await db.deployment.update({ where: { id }, data: { state: "succeeded" } });
  await db.service.update({ where: { id: serviceId }, data: { currentReleaseId: second?.id } });
  expect(await ownedStack("mine", ana)).toMatchObject({
    state: "running",
    image: "workspace:2",
    currentRelease: { id: second?.id, number: 2 },
    rollbackTo: { releaseId: first?.id, number: 1, image: "workspace:1" },
  });
});

test("a removal says whether the data goes as well", async () => {
  await aDokployTarget();
  await aTemplate();
  for (const name of ["keep", "drop"]) await createStack({ name }, ana);
  const kept = await removeStack("keep", ana);
  const dropped = await removeStack("drop", ana, { removeData: true });
  const specOf = async (id: string) => (await db.deployment.findUniqueOrThrow({ where: { id } })).spec;
  expect(await specOf(kept.id)).not.toHaveProperty("removeData");
  expect(await specOf(dropped.id)).toMatchObject({ removeData: true });
  expect([kept.url, kept.phases.map(({ key }) => key)]).toEqual([
    null,
    ["removing_domain", "removing_application", "removing_volume", "removing_project"],
  ]);
  await expect(removeStack("absent", ana)).rejects.toThrow(code("not-found"));
});
