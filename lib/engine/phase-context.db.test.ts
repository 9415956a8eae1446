import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import type { Grants } from "@/lib/contracts/grants";
import type { Actor } from "@/lib/contracts/user";
import { scanSource } from "@/lib/drivers/phases/transfer";
import { driverOf } from "@/lib/drivers/registry";
import { PROGRAM } from "@/lib/hosts/source-rules";
import { db } from "@/lib/platform/db/client";
import { createGrowingMask } from "@/lib/platform/secrets/mask";
import { seal } from "@/lib/platform/secrets/seal";
import { Secret } from "@/lib/platform/secrets/secret";
import { zipOf } from "@/lib/sources/archive/test-archives";
import { anUpload } from "@/lib/sources/archive/test-uploads";
import { passwordPlace } from "@/lib/sources/image/image-registries";
import { grantMembers } from "@/lib/targets/test-grants";
import { claimDeployment } from "./claim-deployment";
import { Journal } from "./journal";
import { toPhaseRow } from "./journal-store";
import { readLog } from "./log-store";
import { createContexts } from "./phase-context";
import { requestDeployment } from "./request-deployment";
import { aPerson, aService } from "./test-service";

const PASSWORD = "s3cret-password";
beforeAll(() => {
  process.env.LANDFALL_SOURCE_ROOTS = "/srv/apps";
});

test("a phase is given an upload's folder, and a registry's password that no line of its log shows", async () => {
  const owner = await aPerson();
  const upload = await anUpload(zipOf([{ path: "shop/server.mjs", content: "1" }]), owner);
  const service = await aService(owner, { name: "shop" });
  await db.service.update({ where: { id: service.id }, data: { source: { kind: "archive", uploadId: upload.id } } });
  const id = randomUUID();
  const sealedPassword = seal(new Secret(PASSWORD), passwordPlace(id));
  await db.imageRegistry.create({ data: { id, host: "ghcr.io", username: "ana", sealedPassword } });

  const { ctx, journal, close } = await aPhase("shop");
  const { folder } = await ctx.sources.materialise({ signal: ctx.signal, roots: [] });
  expect(await readdir(folder)).toEqual(["server.mjs"]);
  expect(await ctx.imageCredentials("quay.io")).toBeNull();
  const credentials = await ctx.imageCredentials("ghcr.io");
  expect([credentials?.username, credentials?.password.reveal()]).toEqual(["ana", PASSWORD]);
  ctx.log(`signing in with ${PASSWORD}`);
  const newestLine = async () => (await readLog(ctx.deploymentId, { limit: 1 })).lines.at(-1)?.line[2];
  await expect.poll(newestLine).toBe("signing in with ********");
  journal.close();
  await close();
});

test("what an archive loses of macOS is in the log of each deployment, also where it was unpacked before", async () => {
  const owner = await aPerson();
  const added = Array.from({ length: 12 }, (_, n) => `shop/._file-${String(n).padStart(2, "0")}`);
  const paths = ["shop/server.mjs", "__MACOSX/._shop", "__MACOSX/shop/._server.mjs", ...added];
  const upload = await anUpload(zipOf(paths.map((path) => ({ path, content: "1" }))), owner);
  const service = await aService(owner, { name: "packed" });
  await db.service.update({ where: { id: service.id }, data: { source: { kind: "archive", uploadId: upload.id } } });
  const { ctx, journal, close } = await aPhase("packed");
  for (const use of [PROGRAM, { kind: "image", dockerfile: "Dockerfile" }] as const)
    expect((await scanSource(ctx, use)).entries.map(({ path }) => path)).toEqual(["server.mjs"]);
  const told = `left out (what macOS adds to archives): __MACOSX/, ${added.slice(0, 9).join(", ")} and 3 more`;
  const lines = async () => (await readLog(ctx.deploymentId, { limit: 10 })).lines.map(({ line }) => line[2]);
  await expect.poll(async () => (await lines()).filter((line) => line.startsWith("left out"))).toEqual([told, told]);
  journal.close();
  await close();
});

test("a member's service is given what its target grants, whoever deploys it, and an administrator's everything", async () => {
  const id = randomUUID();
  const sealedPassword = seal(new Secret(PASSWORD), passwordPlace(id));
  await db.imageRegistry.create({ data: { id, host: "registry.example.com", username: "ana", sealedPassword } });
  const granted = { sourceRoots: ["/srv/apps/granted", "/etc"], registries: ["registry.example.com"] };
  const given = async (owner: Actor & { id: string }, name: string, grants: Partial<Grants>, template?: string) => {
    const service = await aService(owner, { name, path: "/srv/apps/granted" });
    await db.service.update({ where: { id: service.id }, data: { templateId: template } });
    const { ctx, journal, close } = await aPhase(name, () => grantMembers(grants));
    const credentials = await ctx.imageCredentials("registry.example.com");
    journal.close();
    await close();
    await db.deployment.updateMany({ data: { state: "failed" } });
    return { roots: ctx.sourceRoots, signsIn: credentials !== null, isConfined: ctx.isConfined };
  };
  const [member, admin] = [await aPerson("member"), await aPerson("admin")];
  // A grant cannot exceed the folders that Landfall itself may deploy from.
  expect(await given(member, "within", granted)).toEqual({
    roots: ["/srv/apps/granted"],
    signsIn: true,
    isConfined: true,
  });
  expect(await given(member, "without", {})).toEqual({ roots: [], signsIn: false, isConfined: true });
  expect(await given(admin, "unbound", {})).toEqual({ roots: ["/srv/apps"], signsIn: true, isConfined: false });
  const template = await db.stackTemplate.create({
    data: { name: "t", image: "nginx", port: 80, domainSuffix: "example.com" },
  });
  expect(await given(member, "from-template", {}, template.id)).toMatchObject({ signsIn: true, isConfined: false });
});

/** Creates a phase's context as run-deployment.ts does, without the run. */
async function aPhase(serviceName: string, beforeClaim = async () => {}) {
  const { id } = await requestDeployment({ service: serviceName }, await aPerson());
  await beforeClaim();
  const { serviceId } = await db.deployment.findUniqueOrThrow({ where: { id } });
  const claim = await claimDeployment(serviceId, "worker");
  if (claim.outcome !== "claimed") return expect.unreachable(claim.outcome);
  const { deployment } = claim;
  const secrets = createGrowingMask([]);
  const nothing = {
    finished_at: null,
    duration_ms: null,
    problem: null,
    url: null,
    probes: null,
    release_command: null,
    artifact: null,
  };
  const journal = new Journal({
    deploymentId: id,
    serviceId: deployment.serviceId,
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
