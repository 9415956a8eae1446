import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { Actor } from "@/lib/contracts/user";
import { aPerson } from "@/lib/engine/test-service";
import { db, transaction } from "@/lib/platform/db/client";
import { testDatabase } from "@/lib/platform/db/test-database";
import { checkTarget } from "./check-target";
import { ensureLocalTarget } from "./ensure-targets";
import { failedCheck } from "./kind";
import { isReachableFromHere } from "./registry";
import { changeTarget, removeTarget } from "./target-commands";
import { findDefaultTarget, findTarget, findTargetRow, listTargets, saveTargetCheck } from "./target-store";
import { hostPlaceOf } from "./test-host";

let admin: Actor & { id: string };
beforeAll(async () => {
  admin = await aPerson("admin");
});
beforeEach(async () => {
  await db.service.deleteMany();
  await db.target.deleteMany();
});

const code = (expected: string) => expect.objectContaining({ code: expected });
const elsewhere = (name: string) =>
  db.target.create({ data: { name, kind: "local", settings: { machine: "another" }, readOnly: true } });

test("this machine has one read-only target, however many processes start at once", async () => {
  const made = await Promise.all(Array.from({ length: 8 }, () => ensureLocalTarget()));
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  expect(await listTargets()).toMatchObject([
    {
      name: "this-machine",
      kind: "local",
      readOnly: true,
      concurrency: 4,
      services: 0,
    },
  ]);
});

test("a machine on which services are not kept apart is for administrators only, and says so", async () => {
  const member = await aPerson("member");
  const { name } = await ensureLocalTarget(false);
  await changeTarget(name, { grants: { audience: "everyone" } }, admin);
  const seen = async (viewer: Actor) => {
    const view = await findTarget(name, viewer);
    return [view?.isolates, view?.mayDeploy];
  };
  expect([await seen(admin), await seen(member)]).toEqual([
    [false, true],
    [false, false],
  ]);
  await ensureLocalTarget(true);
  expect([await seen(admin), await seen(member)]).toEqual([
    [true, true],
    [true, true],
  ]);
});

test("a second machine on the same database has a row and a name of its own", async () => {
  await elsewhere("this-machine");
  await elsewhere("this-machine-2");
  expect((await ensureLocalTarget()).name).toBe("this-machine-3");
});

test("services go to this machine when nobody says where; on a machine without a worker, to the oldest target", async () => {
  expect(await findDefaultTarget()).toBeNull();
  await elsewhere("first");
  expect((await findDefaultTarget())?.name).toBe("first");
  const here = await ensureLocalTarget();
  expect((await findDefaultTarget())?.id).toBe(here.id);
});

test("a local target is reached from its own machine only", async () => {
  const here = await ensureLocalTarget();
  const there = await elsewhere("there");
  const { dataDir } = await testDatabase();
  expect((await hostPlaceOf(here)).base).toBe(join(dataDir, "services"));
  expect([await isReachableFromHere(here), await isReachableFromHere(there)]).toEqual([true, false]);
  await expect(hostPlaceOf(there)).rejects.toEqual(code("host-unreachable"));
  const unknown = { id: there.id, name: "later", kind: "dokploy", settings: {}, sealedSecrets: null, hostKey: null };
  await expect(hostPlaceOf(unknown)).rejects.toEqual(code("host-unreachable"));
});

test("a read-only target can rest and be limited; the trail says who did it, and only when something changed", async () => {
  const { id, name } = await ensureLocalTarget();
  const changed = await changeTarget(name, { concurrency: 2, disabled: true }, admin);
  expect(changed).toMatchObject({ concurrency: 2, disabledAt: expect.any(String) });
  expect((await changeTarget(name, { concurrency: 2 }, admin)).disabledAt).toBe(changed.disabledAt);
  expect((await changeTarget(name, { disabled: false }, admin)).disabledAt).toBeNull();
  const trail = await db.auditEvent.findMany({ where: { subjectId: id }, orderBy: { id: "asc" } });
  expect(trail.map(({ action, details }) => [action, details])).toEqual([
    ["target.change", { concurrency: 2, disabled: true }],
    ["target.change", { disabled: false }],
  ]);
});

test("members and viewers change no target, and an unknown one is not found", async () => {
  const { name } = await ensureLocalTarget();
  for (const role of ["member", "viewer"] as const) {
    const person = await aPerson(role);
    await expect(changeTarget(name, { disabled: true }, person)).rejects.toEqual(code("forbidden"));
    await expect(removeTarget(name, person)).rejects.toEqual(code("forbidden"));
    await expect(checkTarget(name, person)).rejects.toEqual(code("forbidden"));
  }
  expect((await findTarget(name))?.disabledAt).toBeNull();
  for (const command of [
    () => changeTarget("none", {}, admin),
    () => removeTarget("none", admin),
    () => checkTarget("none", admin),
  ]) {
    await expect(command()).rejects.toEqual(code("not-found"));
  }
});

test("removing is refused for what the environment names, and while services live there", async () => {
  const { name } = await ensureLocalTarget();
  await expect(removeTarget(name, admin)).rejects.toEqual(code("read-only"));

  const target = await db.target.create({ data: { name: "web-1", kind: "ssh", settings: {} } });
  const source = { kind: "folder", path: "/srv" };
  await db.service.create({
    data: { name: "shop", ownerId: admin.id, targetId: target.id, driver: "docker", source, port: 80 },
  });
  await expect(removeTarget("web-1", admin)).rejects.toMatchObject({ code: "target-in-use", params: { services: 1 } });

  await db.service.deleteMany();
  await removeTarget("web-1", admin);
  expect(await findTarget("web-1")).toBeNull();
});

test("what was removed stays in the history by its name, without how it was reached", async () => {
  const settings = { host: "10.0.0.4" };
  const target = await db.target.create({
    data: { name: "web-1", kind: "ssh", settings, sealedSecrets: "x", hostKey: "y" },
  });
  await removeTarget("web-1", admin);
  const row = await db.target.findUnique({ where: { id: target.id } });
  expect(row).toMatchObject({
    name: "web-1",
    settings: {},
    sealedSecrets: null,
    hostKey: null,
    deletedAt: expect.any(Date),
  });
  expect(await listTargets()).toEqual([]);
  await expect(checkTarget("web-1", admin)).rejects.toEqual(code("not-found"));
  await db.target.create({ data: { name: "web-1", kind: "ssh" } }); // the name is free
});

test("a check that an older version wrote in another way is as good as none", async () => {
  const { id } = await ensureLocalTarget();
  const lastCheck = {
    ok: false,
    tools: {},
    diskFreeBytes: null,
    memoryFreeBytes: null,
    problem: "connect ECONNREFUSED",
  };
  await db.target.update({ where: { id }, data: { lastCheck } });
  expect((await findTarget("this-machine"))?.lastCheck).toBeNull();
});

test("what was seen of a server that was changed meanwhile is not kept", async () => {
  const { id } = await ensureLocalTarget();
  const seen = await findTargetRow("this-machine");
  if (!seen) throw new Error("there is no target");
  await db.target.update({ where: { id }, data: { hostKey: "another" } });
  await transaction((tx) => saveTargetCheck(tx, seen, failedCheck({ code: "host-unreachable", params: {} })));
  expect((await findTarget("this-machine"))?.lastCheck).toBeNull();
});

test("a check tells tools with versions, disk and memory, and is kept", async () => {
  const { name } = await ensureLocalTarget();
  const { lastCheck, lastCheckAt } = await checkTarget(name, admin);
  expect(lastCheck).toMatchObject({
    ok: true,
    problem: null,
    tools: { node: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
  });
  expect(Object.keys(lastCheck?.tools ?? {}).toSorted()).toEqual([
    "caddy",
    "docker",
    "node",
    "npm",
    "python3",
    "systemd",
  ]);
  expect(lastCheck?.diskFreeBytes).toBeGreaterThan(0);
  expect(lastCheck?.memoryFreeBytes).toBeGreaterThan(0);
  expect((await findTarget(name))?.lastCheckAt).toBe(lastCheckAt);
});

test("a host that is not reached is a result that says why", async () => {
  await elsewhere("there");
  const { lastCheck } = await checkTarget("there", admin);
  expect(lastCheck).toMatchObject({ ok: false, tools: {}, problem: { code: "host-unreachable" } });
});

test("an unwritable data directory is found by the check and not by the first deployment", async () => {
  const { name } = await ensureLocalTarget();
  const { dataDir } = await testDatabase();
  const services = join(dataDir, "services");
  await rm(services, { recursive: true, force: true });
  await writeFile(services, "a file is in the way");
  const { lastCheck } = await checkTarget(name, admin);
  expect(lastCheck).toMatchObject({ ok: false, problem: { code: "base-unusable" } });
  await rm(services);
});
