import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Actor } from "@/lib/contracts/user";
import type { HostPlace } from "@/lib/drivers/driver";
import { findSupervisor } from "@/lib/drivers/process/supervisor-client";
import { aLocalTarget, aPerson, aService } from "@/lib/engine/test-service";
import { listAudit } from "@/lib/platform/audit/audit-store";
import { db } from "@/lib/platform/db/client";
import { queue } from "@/lib/platform/queue/boss";
import type { TargetRow } from "@/lib/targets/target-store";
import { hostPlaceOf } from "@/lib/targets/test-host";
import { listOrphans, removeOrphans } from "./orphan-commands";
import { aDeployedService } from "./test-deployed";

const OLD_RELEASE = "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21";

let admin: Actor & { id: string };
let root: string;
let target: TargetRow;
let place: HostPlace;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "landfall-source-"));
  await chmod(root, 0o755);
  process.env.LANDFALL_SOURCE_ROOTS = root; // before anything reads the environment
  admin = await aPerson();
  target = await aLocalTarget();
  place = await hostPlaceOf(target);
});
afterEach(async () => {
  for (const name of ["gone", "foreign", "mixed"]) await rm(join(place.base, name), { recursive: true, force: true });
});
afterAll(async () => {
  await (await findSupervisor(place))?.shutDown();
  await (await queue()).stop({ graceful: false });
  await rm(root, { recursive: true });
});

const list = async () => (await listOrphans(target.name, admin)).items;
const idsOf = async () => (await list()).map(({ id }) => id);

/** A folder as left by a service whose database was lost. */
async function aLeftFolder(name: string): Promise<string> {
  const folder = join(place.base, name);
  await mkdir(join(folder, "releases", OLD_RELEASE), { recursive: true });
  await writeFile(join(folder, "releases", OLD_RELEASE, "server.mjs"), "x".repeat(10_000));
  await writeFile(join(folder, "serving.json"), "{}");
  return folder;
}

test("what is left of a service that is gone is listed with its size, and taken away", async () => {
  const folder = await aLeftFolder("gone");
  const items = await list();
  expect(items.map(({ kind, name, service, isData }) => ({ kind, name, service, isData }))).toEqual([
    { kind: "release-folder", name: `gone/${OLD_RELEASE}`, service: "gone", isData: false },
    { kind: "service-folder", name: "gone", service: "gone", isData: false },
  ]);
  expect(items[0]?.bytes).toBeGreaterThan(10_000);
  const ids = items.map(({ id }) => id);
  expect(await removeOrphans(target.name, { ids }, admin)).toEqual({ removed: ids, kept: [] });
  expect(await readdir(place.base)).not.toContain("gone");
  expect(folder).toContain("gone");
  const { items: audited } = await listAudit({ action: "target.remove-orphan" }, { limit: 5 });
  expect(audited[0]).toMatchObject({ actor: { id: admin.id }, details: { kind: "service-folder", service: "gone" } });
});

test("data is listed apart, and stays when only the folder is taken away", async () => {
  const folder = await aLeftFolder("gone");
  await mkdir(join(folder, "volumes", "uploads"), { recursive: true });
  await writeFile(join(folder, "volumes", "uploads", "photo"), "data");
  const items = await list();
  expect(items.find(({ isData }) => isData)).toMatchObject({ kind: "volume", name: "gone/uploads" });
  const others = items.filter(({ isData }) => !isData).map(({ id }) => id);
  await removeOrphans(target.name, { ids: others }, admin);
  expect(await readdir(folder)).toEqual(["volumes"]);
  const left = await idsOf();
  expect(left).toEqual([`volume:${join(folder, "volumes", "uploads")}`]);
  await removeOrphans(target.name, { ids: left }, admin);
  expect(await readdir(place.base)).not.toContain("gone");
});

test("a folder that is not ours, or not ours alone, is never listed, and cannot be asked for", async () => {
  const foreign = join(place.base, "foreign");
  await mkdir(join(foreign, "src"), { recursive: true });
  const mixed = await aLeftFolder("mixed");
  await writeFile(join(mixed, "notes.txt"), "somebody's");
  expect(await idsOf()).toEqual([`release-folder:${join(mixed, "releases", OLD_RELEASE)}`]);
  const ids = [`service-folder:${foreign}`, `service-folder:${mixed}`, "service-folder:/etc"];
  const { removed, kept } = await removeOrphans(target.name, { ids }, admin);
  expect(removed).toEqual([]);
  expect(kept.map(({ problem }) => problem.code)).toEqual(Array(3).fill("not-an-orphan"));
  expect(await readdir(mixed)).toContain("notes.txt");
  expect(await readdir(place.base)).toContain("foreign");
});

test("of a living service only releases that are not kept are orphans; none while one is under way", async () => {
  const service = await aDeployedService(admin, root, { name: "alive" });
  expect(await list()).toEqual([]);
  await mkdir(join(place.base, "alive", "releases", OLD_RELEASE));
  const id = `release-folder:${join(place.base, "alive", "releases", OLD_RELEASE)}`;
  expect(await idsOf()).toEqual([id]);
  const [deployment] = await db.deployment.findMany({ where: { serviceId: service.id } });
  await db.deployment.update({ where: { id: deployment?.id ?? "" }, data: { state: "stuck" } });
  expect(await list()).toEqual([]);
  expect((await removeOrphans(target.name, { ids: [id] }, admin)).removed).toEqual([]);
  await db.deployment.update({ where: { id: deployment?.id ?? "" }, data: { state: "succeeded" } });
  expect((await removeOrphans(target.name, { ids: [id] }, admin)).removed).toEqual([id]);
  expect(await readdir(join(place.base, "alive", "releases"))).toEqual([service.releaseId]);
  expect(await service.answers()).toBe(true);
});

test("what becomes a service's again before it is removed is kept", async () => {
  const folder = await aLeftFolder("gone");
  const ids = await idsOf();
  await aService(admin, { name: "gone" });
  const { removed } = await removeOrphans(target.name, { ids: ids.filter((id) => id.startsWith("service")) }, admin);
  expect(removed).toEqual([]);
  expect(await readdir(folder)).toContain("releases");
  await db.service.updateMany({ where: { name: "gone" }, data: { deletedAt: new Date() } });
});

test("a process that runs for nobody is ended", async () => {
  const service = await aDeployedService(admin, root, { name: "nobodys" });
  await db.service.update({ where: { id: service.id }, data: { deletedAt: new Date(), currentReleaseId: null } });
  const items = await list();
  expect(items.map(({ kind }) => kind)).toEqual(["process", "release-folder", "service-folder"]);
  const ids = items.map(({ id }) => id);
  expect((await removeOrphans(target.name, { ids }, admin)).removed).toEqual(ids);
  expect(await service.answers()).toBe(false);
  expect(await list()).toEqual([]);
});

test("only administrators look for orphans and remove them", async () => {
  for (const role of ["member", "viewer"] as const) {
    const person = await aPerson(role);
    await expect(listOrphans(target.name, person)).rejects.toMatchObject({ code: "forbidden" });
    await expect(removeOrphans(target.name, { ids: ["x"] }, person)).rejects.toMatchObject({ code: "forbidden" });
  }
});
