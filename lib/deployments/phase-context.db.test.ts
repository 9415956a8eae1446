import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { db } from "@/lib/db/client";
import { driverOf } from "@/lib/drivers/registry";
import { createGrowingMask } from "@/lib/secrets/mask";
import { seal } from "@/lib/secrets/seal";
import { zipOf } from "@/lib/sources/test-archives";
import { anUpload } from "@/lib/sources/test-uploads";
import { claimDeployment, toPhaseRow } from "./claim-deployment";
import { Journal } from "./journal";
import { readLog } from "./log-store";
import { createContexts } from "./phase-context";
import { requestDeployment } from "./request-deployment";
import { aPerson, aService } from "./test-service";

const PASSWORD = "s3cret-password";

test("a phase is given an upload's folder, and a registry's password that no line of its log shows", async () => {
  const owner = await aPerson();
  const upload = await anUpload(zipOf([{ path: "shop/server.mjs", content: "1" }]), owner);
  const service = await aService(owner, { name: "shop" });
  await db.service.update({ where: { id: service.id }, data: { source: { kind: "archive", uploadId: upload.id } } });
  await db.imageRegistry.create({ data: { host: "ghcr.io", username: "ana", sealedPassword: seal(PASSWORD) } });

  const { ctx, journal, close } = await aPhase("shop");
  expect(await readdir(await ctx.sources.archive(upload.id, ctx.signal))).toEqual(["server.mjs"]);
  expect(await ctx.imageCredentials("quay.io")).toBeNull();
  expect(await ctx.imageCredentials("ghcr.io")).toEqual({ username: "ana", password: PASSWORD });
  ctx.log(`signing in with ${PASSWORD}`);
  const newestLine = async () => (await readLog(ctx.deploymentId, { limit: 1 })).lines.at(-1)?.line[2];
  await expect.poll(newestLine).toBe("signing in with ********");
  journal.close();
  await close();
});

/** As run-deployment.ts makes one, but for the run. */
async function aPhase(serviceName: string) {
  const { id } = await requestDeployment({ service: serviceName }, await aPerson());
  const { serviceId } = await db.deployment.findUniqueOrThrow({ where: { id } });
  const claim = await claimDeployment(serviceId, "worker");
  if (claim.outcome !== "claimed") return expect.unreachable(claim.outcome);
  const { deployment } = claim;
  const secrets = createGrowingMask([]);
  const nothing = { finished_at: null, duration_ms: null, problem: null, url: null, probes: null, artifact: null };
  const journal = new Journal({
    deploymentId: id,
    fencing: deployment.fencing,
    lastEvent: deployment.lastEvent,
    logLines: 0,
    startedAt: new Date(),
    phases: deployment.phases.map(toPhaseRow),
    deployment: { state: "running", warnings: [], ...nothing },
    mask: secrets.mask,
    onCancelRequested: () => {},
  });
  journal.begin();
  const contexts = await createContexts(deployment, { environment: {}, journal, onSecret: secrets.add });
  const [phase] = driverOf("process").phases;
  if (!phase) return expect.unreachable("a driver without phases");
  return { ctx: contexts.of(phase, new AbortController().signal), journal, close: contexts.close };
}
