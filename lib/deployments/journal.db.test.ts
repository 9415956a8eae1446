import { afterAll, beforeAll, expect, test } from "vitest";
import type { DeploymentEvent } from "@/lib/contracts/event";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { db } from "@/lib/db/client";
import { queue } from "@/lib/queue/boss";
import { createMask } from "@/lib/secrets/mask";
import { claimDeployment, toPhaseRow } from "./claim-deployment";
import { readEvents } from "./event-store";
import { followDeployment } from "./follow-deployment";
import { Journal } from "./journal";
import { readLog, streamLog } from "./log-store";
import { HandedOver } from "./pipeline";
import { requestDeployment } from "./request-deployment";
import { aLocalTarget, aPerson, aService } from "./test-service";

let admin: Actor & { id: string };
beforeAll(async () => {
  admin = await aPerson();
  const target = await aLocalTarget();
  await db.target.update({ where: { id: target.id }, data: { concurrency: 16 } });
});
afterAll(async () => (await queue()).stop({ graceful: false }));

test("events and lines share one number space, in the order they were told", async () => {
  const { journal, id } = await aRunningDeployment("order");
  await journal.started("validation");
  journal.log("validation", "i", "looking");
  journal.finished("validation", { detail: "all there" });
  await journal.flush();
  const events = await readEvents(id, 1);
  expect(events.map(({ event }) => event.type)).toEqual(["state", "phase-started", "log", "phase-finished"]);
  expect(events.map(({ number }) => number)).toEqual([2, 3, 4, 5]);
  const phase = await db.phase.findFirstOrThrow({ where: { deploymentId: id, key: "validation" } });
  expect(phase).toMatchObject({ status: "succeeded", attempt: 1, detail: "all there" });
});

test("a secret reaches no stored row, however it was written", async () => {
  const secret = "s3cr3t-value-42";
  const { journal, id } = await aRunningDeployment("mask", [secret]);
  await journal.started("build");
  journal.log("build", "o", `token ${secret} and ${Buffer.from(secret).toString("base64")}`);
  journal.progress("build", { detail: `with ${secret}` });
  await journal.failed(
    "build",
    new Problem("build-failed", { params: { command: `x --key=${secret}` }, detail: secret }),
  );
  await journal.undoing(new Problem("build-failed", { detail: secret }));
  const rows = JSON.stringify([
    await db.event.findMany({ where: { deploymentId: id } }),
    await db.logChunk.findMany({ where: { deploymentId: id } }),
    await db.phase.findMany({ where: { deploymentId: id } }),
    await db.deployment.findMany({ where: { id } }),
  ]);
  expect(rows).toContain("********");
  expect(rows).not.toContain(secret);
  expect(rows).not.toContain(Buffer.from(secret).toString("base64"));
});

test("a worker that was replaced can write no more", async () => {
  const { journal, id, service } = await aRunningDeployment("fence");
  await journal.started("validation");
  const taken = await claimDeployment(service.id, "another");
  expect(taken.outcome).toBe("claimed");
  journal.finished("validation", undefined);
  await expect(journal.flush()).rejects.toBeInstanceOf(HandedOver);
  expect(await db.phase.findFirstOrThrow({ where: { deploymentId: id, key: "validation" } })).toMatchObject({
    status: "running",
  });
});

test("a line that Postgres could not store is stored all the same", async () => {
  const { journal, id } = await aRunningDeployment("odd-lines");
  journal.log(null, "o", "nul \0 and half a pair \ud800");
  await journal.flush();
  expect((await readLog(id, { limit: 10 })).lines.map(({ line }) => line[2])).toEqual([
    "nul \u2400 and half a pair \ufffd",
  ]);
});

test("100,000 lines are all there, by range, by search and as a download", async () => {
  const { journal, id } = await aRunningDeployment("many-lines");
  for (let n = 1; n <= 100_000; n++) journal.log(n <= 50_000 ? "transfer" : "build", "o", `line ${n}`);
  await journal.flush();
  const page = await readLog(id, { from: 49_999, limit: 3 });
  expect(page.total).toBe(100_000);
  expect(page.lines.map(({ n, phase, line }) => [n, phase, line[2]])).toEqual([
    [49_999, "transfer", "line 49999"],
    [50_000, "transfer", "line 50000"],
    [50_001, "build", "line 50001"],
  ]);
  const found = await readLog(id, { limit: 5, search: "LINE 7777", phase: "build" });
  expect(found.total).toBe(11 - 1); // 7777 itself is in the transfer
  let downloaded = 0;
  for await (const text of streamLog(id)) downloaded += text.split("\n").length - 1;
  expect(downloaded).toBe(100_000);
});

test("followers see every event once, whenever they come", async () => {
  const { journal, id } = await aRunningDeployment("follow");
  const early = collect(id, 0);
  await journal.started("validation");
  for (let n = 0; n < 2_000; n++) journal.log("validation", "o", `${n}`);
  const late = collect(id, 3);
  journal.finished("validation", undefined);
  await journal.finish("succeeded");
  const all = await early;
  expect(all.map(({ number }) => number)).toEqual(all.map((_, index) => index + 1));
  expect((await late).map(({ number }) => number)).toEqual(all.slice(3).map(({ number }) => number));
  expect(lines(all)).toBe(2_000);
  expect(await collect(id, all.length)).toEqual([]);
});

async function collect(id: string, after: number) {
  const events: { number: number; event: DeploymentEvent }[] = [];
  for await (const batch of followDeployment(id, after, AbortSignal.timeout(10_000))) events.push(...batch);
  return events;
}

function lines(events: { event: DeploymentEvent }[]): number {
  return events.reduce((sum, { event }) => sum + (event.type === "log" ? event.lines.length : 0), 0);
}

async function aRunningDeployment(name: string, secrets: string[] = []) {
  const service = await aService(admin, { name });
  const { id } = await requestDeployment({ service: name }, admin);
  const claim = await claimDeployment(service.id, "test");
  if (claim.outcome !== "claimed") throw new Error(`not claimed: ${claim.outcome}`);
  const { deployment } = claim;
  const journal = new Journal({
    deploymentId: id,
    fencing: deployment.fencing,
    lastEvent: deployment.lastEvent,
    logLines: 0,
    startedAt: new Date(),
    phases: deployment.phases.map(toPhaseRow),
    deployment: {
      state: "running",
      finished_at: null,
      duration_ms: null,
      problem: null,
      warnings: [],
      url: null,
      probes: null,
      artifact: null,
    },
    mask: createMask(secrets),
    onCancelRequested: () => {},
  });
  journal.begin();
  return { journal, id, service };
}
