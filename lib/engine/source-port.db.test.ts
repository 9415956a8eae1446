import { realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import type { DeploymentSpec } from "@/lib/contracts/service";
import type { Source } from "@/lib/contracts/source";
import { db } from "@/lib/platform/db/client";
import { zipOf } from "@/lib/sources/archive/test-archives";
import { anUpload } from "@/lib/sources/archive/test-uploads";
import { claimDeployment } from "./claim-deployment";
import { getDeployment } from "./deployment-store";
import { HandedOver } from "./pipeline";
import { requestDeployment } from "./request-deployment";
import { createSourcePort } from "./source-port";
import { aPerson, aService } from "./test-service";

const context = { signal: new AbortController().signal, roots: ["/"] };
const person = await aPerson();

const anArchive = (content: string) => anUpload(zipOf([{ path: "shop/server.mjs", content }]), person, "shop.zip");
const archiveOf = (uploadId: string): Source => ({ kind: "archive", uploadId });

async function claimed(name: string, source: Source) {
  const service = await aService(person, { name });
  await db.service.update({ where: { id: service.id }, data: { source } });
  await requestDeployment({ service: name }, person);
  return claim(service.id);
}

async function claim(serviceId: string) {
  const taken = await claimDeployment(serviceId, "worker");
  return taken.outcome === "claimed" ? taken.deployment : expect.unreachable(taken.outcome);
}

const stored = async (id: string) => (await db.deployment.findUniqueOrThrow({ where: { id } })).spec;

test("the revision is stored before the source is read, and history names it", async () => {
  const { id: uploadId, sha256 } = await anArchive("1");
  const deployment = await claimed("shop", archiveOf(uploadId));
  expect((await getDeployment(deployment.id)).sourceDescription).toEqual({ code: "archive-unread", params: {} });
  const { folder } = await createSourcePort(deployment).materialise(context);
  expect(folder).toMatch(new RegExp(`/${sha256}$`));
  const revision = { uploadId, fileName: "shop.zip", sha256 };
  expect([deployment.spec.revision, await stored(deployment.id)]).toMatchObject([revision, { revision }]);
  const params = { fileName: "shop.zip", sha256 };
  expect((await getDeployment(deployment.id)).sourceDescription).toEqual({ code: "archive", params });
});

test("a worker that takes over gets the stored revision and does not resolve again", async () => {
  const deployment = await claimed("taken-over", archiveOf((await anArchive("2")).id));
  const other = await anArchive("3");
  const revision = { uploadId: other.id, fileName: "shop.zip", sha256: other.sha256 };
  const spec: DeploymentSpec = { ...(deployment.spec as DeploymentSpec), revision };
  await db.deployment.update({ where: { id: deployment.id }, data: { spec } });
  const { folder } = await createSourcePort(await claim(deployment.serviceId)).materialise(context);
  expect(folder).toMatch(new RegExp(`/${other.sha256}$`));
});

test("a worker that was replaced stores no revision", async () => {
  const deployment = await claimed("replaced", archiveOf((await anArchive("4")).id));
  await claim(deployment.serviceId);
  await expect(createSourcePort(deployment).materialise(context)).rejects.toBeInstanceOf(HandedOver);
  expect(await stored(deployment.id)).not.toHaveProperty("revision");
});

test("a folder has no revision, and an image no files", async () => {
  const path = await realpath(tmpdir());
  const deployment = await claimed("in-a-folder", { kind: "folder", path });
  expect(await createSourcePort(deployment).materialise(context)).toEqual({ folder: path, leftOut: null });
  expect(deployment.spec.revision).toBeUndefined();
  const spec: DeploymentSpec = { ...(deployment.spec as DeploymentSpec), source: { kind: "image", image: "nginx" } };
  await expect(createSourcePort({ ...deployment, spec }).materialise(context)).rejects.toMatchObject({
    code: "source-not-deployable",
    params: { reason: "other", kind: "image" },
  });
});
