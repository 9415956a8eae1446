import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type DokployStandIn, startDokploy } from "@/e2e/dokploy/stand-in";
import type { Actor } from "@/lib/contracts/user";
import { aDokployTarget } from "@/lib/domain/stacks/test-stacks";
import { openDokploy } from "@/lib/drivers/dokploy/client/client";
import type { DokployCalls } from "@/lib/drivers/dokploy/client/types";
import { markerOf } from "@/lib/drivers/dokploy/ours";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { Secret } from "@/lib/platform/secrets/secret";
import { listOrphans, removeOrphans } from "./orphan-commands";

process.env.LANDFALL_LOG_LEVEL = "silent";

let admin: Actor & { id: string };
let server: DokployStandIn;
let dokploy: DokployCalls;
let targetId: string;
beforeAll(async () => {
  admin = await aPerson("admin");
  server = await startDokploy({ jobMs: 10, pullMs: 10 });
  const { url, apiKey } = server;
  dokploy = openDokploy({ name: "test", url, apiKey: new Secret(apiKey) });
  targetId = (await aDokployTarget("dokploy", { url, apiKey })).id;
});
afterAll(() => server.close());
beforeEach(async () => {
  await db.resource.deleteMany();
  await db.service.deleteMany();
  for (const { projectId } of await dokploy.listProjects()) await dokploy.removeProject(projectId);
});

/** A project as left by a stack's deployment. */
async function aProject(name: string, serviceId: string, { owner = targetId } = {}) {
  const description = markerOf({ targetId: owner, serviceId });
  const place = await dokploy.createProject({ name, description });
  const application = { name, appName: name, description, ...place };
  const { applicationId, appName } = await dokploy.createApplication(application);
  await dokploy.createDomain({ applicationId, host: `${name}.localhost`, port: 8080, https: false });
  return { ...place, applicationId, appName };
}

async function aService(name: string, change: { deletedAt?: Date } = {}) {
  const source = { kind: "image", image: "acme/web:1" };
  const data = { name, ownerId: admin.id, targetId, driver: "dokploy", source, port: 8080, ...change };
  return db.service.create({ data });
}
const record = (serviceId: string, kind: string, externalId: string) =>
  db.resource.create({ data: { targetId, serviceId, kind, externalId, name: externalId } });

const list = async () => (await listOrphans("dokploy", admin)).items;
const remove = (ids: string[]) => removeOrphans("dokploy", { ids }, admin);
const projectsLeft = async () => (await dokploy.listProjects()).map(({ projectId }) => projectId);

test("a project whose stack is gone is listed and removed with what runs in it; others are left alone", async () => {
  const living = await aService("shop");
  const kept = await aProject("shop", living.id);
  await record(living.id, "project", kept.projectId);
  const left = await aProject("blog", randomUUID());
  await dokploy.configureApplication(left.applicationId, {
    ...{
      image: "acme/web:1",
      registry: null,
      environment: new Secret(""),
      memoryBytes: null,
      nanoCpus: null,
      healthCheck: null,
      isDirect: false,
    },
  });
  await dokploy.deploy(left.applicationId, { title: "t", description: "" });
  await expect.poll(() => server.state().services.length).toBe(1);
  const elsewhere = await aProject("blog", randomUUID(), { owner: randomUUID() });
  const foreign = await dokploy.createProject({ name: "blog", description: "not of Landfall" });

  const items = await list();
  expect(items).toMatchObject([{ id: `project:${left.projectId}`, kind: "project", service: "blog", isData: false }]);
  expect(await remove(items.map(({ id }) => id))).toEqual({ removed: [`project:${left.projectId}`], kept: [] });
  const { services, domains } = server.state();
  expect([services.length, domains.length]).toEqual([0, 2]);
  expect((await projectsLeft()).toSorted()).toEqual([kept, elsewhere, foreign].map((one) => one.projectId).toSorted());
  expect(await remove([`project:${foreign.projectId}`, `project:${elsewhere.projectId}`])).toMatchObject({
    removed: [],
  });
});

test("of two projects of one stack, the one that was not written down is left behind", async () => {
  const { id } = await aService("shop");
  const kept = await aProject("shop", id);
  const twin = await aProject("shop", id);
  expect(await list()).toEqual([]);
  await record(id, "project", kept.projectId);
  const ids = (await list()).map((item) => item.id);
  expect(ids).toEqual([`project:${twin.projectId}`]);
  await remove(ids);
  expect(await projectsLeft()).toEqual([kept.projectId]);
  expect(await db.resource.count({ where: { removedAt: null } })).toBe(1);
});

test("a project into which a person put something of theirs is kept", async () => {
  const { projectId, environmentId } = await aProject("blog", randomUUID());
  await dokploy.createApplication({ name: "mine", appName: "mine", description: "", projectId, environmentId });
  const { removed, kept } = await remove([`project:${projectId}`]);
  expect([removed, kept]).toMatchObject([[], [{ problem: { code: "platform-refused" } }]]);
  expect(await projectsLeft()).toEqual([projectId]);
});

test("a volume that a removal kept is data, until it is removed or somebody's again", async () => {
  const gone = await aService("shop", { deletedAt: new Date() });
  await record(gone.id, "volume", "portal-ai-workspace-shop");
  expect(await list()).toMatchObject([
    { id: "volume:portal-ai-workspace-shop", kind: "volume", service: "shop", isData: true },
  ]);
  const again = await aService("shop");
  expect(await list()).toEqual([]);
  await db.service.delete({ where: { id: again.id } });
  expect((await remove(["volume:portal-ai-workspace-shop"])).removed).toHaveLength(1);
  expect(await list()).toEqual([]);
});

test("a server that does not answer is an error, and nothing is listed", async () => {
  server.faults.add({ kind: "unauthorized" });
  await expect(list()).rejects.toMatchObject({ code: "platform-key-refused" });
  server.faults.clear();
});
