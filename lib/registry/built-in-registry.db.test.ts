import { beforeAll, beforeEach, expect, test } from "vitest";
import { ownedBy } from "@/lib/contracts/authorize";
import type { Announcement } from "@/lib/contracts/registration";
import type { Actor } from "@/lib/contracts/user";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { ensureLocalTarget } from "@/lib/targets/ensure-targets";
import { builtInRegistry, changeDroplet, readDroplet, registerDroplet, removeDroplet } from "./built-in-registry";
import { createRegistryPort } from "./current-registry";
import { listDroplets } from "./droplet-store";
import { listRegistrations } from "./registration-store";

let admin: Actor;
let owner: Actor & { id: string };
let serviceId: string;
let shop: { name: string; ownerId: string; targetId: string; driver: string; source: object; port: number };
const patience = { tries: 1, signal: AbortSignal.timeout(60_000) };
beforeAll(async () => {
  admin = await aPerson("admin");
  owner = await aPerson("member");
  const { id: targetId } = await ensureLocalTarget();
  shop = { name: "shop", ownerId: owner.id, targetId, driver: "process", source: {}, port: 4100 };
  serviceId = (await db.service.create({ data: shop })).id;
});
beforeEach(() => db.registration.deleteMany());

const metadata = {
  deployment_method: "process",
  port: 4100,
  host: "localhost",
  release: "r1",
  deployed_at: "2026-11-20T14:00:00.000Z",
};
const announcement: Announcement = { name: "shop", dropletId: null, endpoint: "http://localhost:4100", metadata };
const droplet = (name: string, id?: number) => registerDroplet({ name, id, endpoint: `http://${name}` }, admin);

test("a name registers once, and the answer has the contract's fields", async () => {
  const registered = await registerDroplet(
    { name: "mail", endpoint: "http://mail", steward: "ana", metadata: { a: [1] } },
    admin,
  );
  expect(registered).toEqual({
    id: 1,
    name: "mail",
    steward: "ana",
    status: "active",
    endpoint: "http://mail",
    proof: null,
    cost_usd: 0,
    yield_usd: 0,
    metadata: { a: [1] },
    registered_at: expect.any(String),
    updated_at: expect.any(String),
  });
  await expect(droplet("mail")).rejects.toMatchObject({ code: "name-taken" });
  expect(await listDroplets({})).toHaveLength(1);
});

test("ids are given when asked for, else the next one; a taken id is refused", async () => {
  expect((await droplet("a", 40)).id).toBe(40);
  expect((await droplet("b")).id).toBe(41);
  await expect(droplet("c", 40)).rejects.toMatchObject({ code: "name-taken", detail: "id 40 belongs to a" });
  expect((await readDroplet({ name: "b" }, admin)).id).toBe(41);
});

test("who asks for the highest id there is leaves ids for the others", async () => {
  const highest = 2_147_483_647;
  await createRegistryPort({ serviceId }).announce({ ...announcement, dropletId: highest });
  expect([(await droplet("a")).id, (await droplet("b", 3)).id, (await droplet("c")).id]).toEqual([1, 3, 2]);
});

test("many that register at once get ids of their own, and one of them gets a contested name", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `n${index % 6}`);
  const results = await Promise.allSettled(names.map((name) => droplet(name)));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(6);
  expect((await listDroplets({})).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a droplet is changed and removed by its id, and only by one who may", async () => {
  const { id } = await droplet("mail");
  const changed = await changeDroplet(id, { status: "inactive", cost_usd: 0.5, metadata: { b: 1 }, proof: "p" }, admin);
  expect(changed).toMatchObject({
    status: "inactive",
    cost_usd: 0.5,
    metadata: { b: 1 },
    proof: "p",
    endpoint: "http://mail",
  });
  for (const attempt of [
    () => changeDroplet(id, {}, owner),
    () => removeDroplet(id, owner),
    () => registerDroplet({ name: "x", endpoint: "y" }, owner),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ code: "forbidden" });
  }
  expect((await removeDroplet(id, admin)).name).toBe("mail");
  for (const attempt of [
    () => readDroplet({ id }, admin),
    () => changeDroplet(id, {}, admin),
    () => removeDroplet(id, admin),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ code: "not-found" });
  }
  const trail = await db.auditEvent.findMany({
    where: { subjectId: String(id), actorId: admin.id },
    orderBy: { id: "asc" },
  });
  expect(trail.map(({ action }) => action).slice(-3)).toEqual(["droplet.register", "droplet.change", "droplet.remove"]);
});

test("announcing a service registers it, and a second time changes it and keeps its id", async () => {
  const port = createRegistryPort({ serviceId });
  await port.announce(announcement);
  await port.announce({ ...announcement, endpoint: "http://localhost:4200", metadata: { ...metadata, release: "r2" } });
  expect(await listDroplets({})).toMatchObject([
    { id: 1, name: "shop", endpoint: "http://localhost:4200", metadata: { release: "r2" } },
  ]);
  const { items } = await listRegistrations({ ownerId: owner.id }, { limit: 10 });
  expect(items).toMatchObject([
    {
      name: "shop",
      registry: "builtin",
      service: { id: serviceId },
      pendingSince: null,
      lastAnnouncedAt: expect.any(String),
    },
  ]);
});

test("a droplet that is not the service's is never changed and never removed", async () => {
  await droplet("shop", 5);
  await droplet("other", 6);
  const port = createRegistryPort({ serviceId });
  await expect(port.announce(announcement)).rejects.toMatchObject({ code: "name-taken", params: { name: "shop" } });
  await port.withdraw("shop");
  expect(await builtInRegistry.addressOf(serviceId, "shop", patience)).toBeNull();
  expect(await readDroplet({ id: 5 }, admin)).toMatchObject({ name: "shop", endpoint: "http://shop" });
  await removeDroplet(5, admin);
  await expect(port.announce({ ...announcement, dropletId: 6 })).rejects.toMatchObject({
    code: "registration-failed",
    detail: "droplet 6 is not this service's",
  });
});

test("what a removed service left is its owner's: the next of that name takes it up, another person's does not", async () => {
  await createRegistryPort({ serviceId }).announce(announcement);
  await db.service.update({ where: { id: serviceId }, data: { deletedAt: new Date() } });
  const again = (ownerId: string) => db.service.create({ data: { ...shop, ownerId } }).then(({ id }) => id);
  try {
    const theirs = createRegistryPort({ serviceId: await again((await aPerson("member", "ben")).id) });
    await expect(theirs.announce(announcement)).rejects.toMatchObject({ code: "name-taken" });
    await theirs.withdraw("shop");
    await db.service.updateMany({ where: { deletedAt: null }, data: { deletedAt: new Date() } });
    const own = await again(owner.id);
    await createRegistryPort({ serviceId: own }).announce(announcement);
    expect(await builtInRegistry.addressOf(own, "shop", patience)).toBe(announcement.endpoint);
  } finally {
    await db.registration.deleteMany();
    await db.service.deleteMany({ where: { id: { not: serviceId } } });
    await db.service.update({ where: { id: serviceId }, data: { deletedAt: null } });
  }
});

test("a member reads the droplets of their own services, whoever reads everything all of them", async () => {
  await createRegistryPort({ serviceId }).announce(announcement);
  const { id } = await droplet("secret");
  const other = await aPerson("member", "ben");
  expect(await listDroplets(ownedBy(owner, "registry:read"))).toMatchObject([{ name: "shop" }]);
  expect(await listDroplets(ownedBy(other, "registry:read"))).toEqual([]);
  expect(await listDroplets(ownedBy(admin, "registry:read"))).toHaveLength(2);
  expect(await readDroplet({ name: "shop" }, owner)).toMatchObject({ name: "shop" });
  for (const key of [{ id }, { name: "secret" }])
    await expect(readDroplet(key, owner)).rejects.toMatchObject({ code: "not-found" });
  await expect(readDroplet({ name: "shop" }, other)).rejects.toMatchObject({ code: "not-found" });
});

test("withdrawing removes the droplet, and may be repeated", async () => {
  const port = createRegistryPort({ serviceId });
  await port.announce(announcement);
  await port.withdraw("shop");
  await port.withdraw("shop");
  expect(await listDroplets({})).toEqual([]);
});

test("the console's list pages by key and shows members their own", async () => {
  await createRegistryPort({ serviceId }).announce(announcement);
  for (const name of ["a", "b", "c"]) await droplet(name);
  const first = await listRegistrations({}, { limit: 3 });
  expect(first.items.map(({ name }) => name)).toEqual(["c", "b", "a"]);
  const second = await listRegistrations({}, { limit: 3, after: first.next ?? undefined });
  expect(second).toMatchObject({ items: [{ name: "shop" }], next: null });
  expect((await listRegistrations({ ownerId: owner.id }, { limit: 3 })).items).toHaveLength(1);
  expect((await listRegistrations({ service: "none" }, { limit: 3 })).items).toEqual([]);
});
