import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { db } from "@/lib/db/client";
import { driverOf } from "@/lib/drivers/registry";
import { seal } from "@/lib/secrets/seal";
import { zipOf } from "@/lib/sources/test-archives";
import { anUpload } from "@/lib/sources/test-uploads";
import { claimDeployment } from "./claim-deployment";
import type { Journal } from "./journal";
import { createContexts } from "./phase-context";
import { requestDeployment } from "./request-deployment";
import { aPerson, aService } from "./test-service";

test("a phase is given an upload's folder, and a registry's password only after the log hides it", async () => {
  const owner = await aPerson();
  const upload = await anUpload(zipOf([{ path: "shop/server.mjs", content: "1" }]), owner);
  const service = await aService(owner, { name: "shop" });
  await db.service.update({ where: { id: service.id }, data: { source: { kind: "archive", uploadId: upload.id } } });
  const registry = { host: "ghcr.io", username: "ana", sealedPassword: seal("s3cret-password") };
  await db.imageRegistry.create({ data: registry });
  await requestDeployment({ service: "shop" }, owner);
  const claim = await claimDeployment(service.id, "worker");
  if (claim.outcome !== "claimed") return expect.unreachable(claim.outcome);

  const hidden: string[] = [];
  const journal = { artifact: null } as Journal;
  const surroundings = { environment: {}, journal, onSecret: (value: string) => hidden.push(value) };
  const contexts = await createContexts(claim.deployment, surroundings);
  const [phase] = driverOf("process").phases;
  if (!phase) return expect.unreachable("a driver without phases");
  const { signal } = new AbortController();
  const ctx = contexts.of(phase, signal);
  expect(await readdir(await ctx.sources.archive(upload.id, signal))).toEqual(["server.mjs"]);
  expect(await ctx.imageCredentials("quay.io")).toBeNull();
  expect(hidden).toEqual([]);
  expect(await ctx.imageCredentials("ghcr.io")).toEqual({ username: "ana", password: "s3cret-password" });
  expect(hidden).toEqual(["s3cret-password"]);
  await contexts.close();
});
