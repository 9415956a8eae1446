import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DeploymentEvent } from "@/lib/contracts/event";
import { fact, verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { LineSplitter } from "@/lib/hosts/line-splitter";
import { db } from "@/lib/platform/db/client";
import { redirectLog } from "@/lib/platform/log";
import { published } from "@/lib/platform/outbox/test-outbox";
import { queue } from "@/lib/platform/queue/boss";
import { createMask } from "@/lib/platform/secrets/mask";
import { Secret } from "@/lib/platform/secrets/secret";
import { claimDeployment } from "./claim-deployment";
import { followDeployment, readEvents } from "./follow-deployment";
import { Journal } from "./journal";
import { toPhaseRow } from "./journal-store";
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
  journal.finished("validation", { facts: [fact("port-free", { port: 4100 })] });
  await journal.flush();
  const events = await readEvents(id, 1);
  expect(events.map(({ event }) => event.type)).toEqual(["state", "phase-started", "log", "phase-finished"]);
  expect(events.map(({ number }) => number)).toEqual([2, 3, 4, 5]);
  const phase = await db.phase.findFirstOrThrow({ where: { deploymentId: id, key: "validation" } });
  expect(phase).toMatchObject({
    status: "succeeded",
    attempt: 1,
    facts: [{ code: "port-free", params: { port: 4100 } }],
  });
  expect(events.at(-1)?.event).toMatchObject({ detail: "port 4100 is free", facts: phase.facts });
});

test("what is told while a deployment's end is written does not come in between", async () => {
  const { journal, id } = await aRunningDeployment("late");
  await journal.started("validation");
  await journal.finish("failed", async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM deployment WHERE id = ${id}::uuid FOR UPDATE`;
    journal.log("validation", "i", "too late");
    await sleep(500); // longer than a line is buffered
    return {};
  });
  expect(await db.deployment.findUniqueOrThrow({ where: { id } })).toMatchObject({ state: "failed" });
  const events = await readEvents(id, 1);
  expect(events.at(-1)?.event).toMatchObject({ type: "state", state: "failed" });
});

test("the end of a deployment is published with it, and not by a worker that was replaced", async () => {
  const { journal, id } = await aRunningDeployment("told");
  const ends = async () => (await published("tallies")).filter((event) => JSON.stringify(event).includes(id));
  const broken = journal.finish("failed", () => Promise.reject(new Error("the last write is refused")));
  await expect(broken).rejects.toThrow("the last write is refused");
  expect(await ends()).toEqual([]);

  const replaced = await aRunningDeployment("replaced");
  await db.deployment.update({ where: { id: replaced.id }, data: { fencing: { increment: 1 } } });
  await expect(replaced.journal.finish("failed")).rejects.toBeInstanceOf(HandedOver);
  expect(JSON.stringify(await published("tallies"))).not.toContain(replaced.id);

  const ended = await aRunningDeployment("ended");
  await ended.journal.finish("failed");
  expect(await published("tallies")).toContainEqual({
    type: "deployment.ended",
    serviceId: ended.service.id,
    deploymentId: ended.id,
    state: "failed",
  });
});

test("a secret reaches no stored row, however it was written", async () => {
  const secret = "s3cr3t-value-42";
  const { journal, id } = await aRunningDeployment("mask", [secret]);
  await journal.started("build");
  journal.log("build", "o", `token ${secret} and ${Buffer.from(secret).toString("base64")}`);
  const splitter = new LineSplitter((line, goesOn) => journal.log("build", "e", line, goesOn));
  splitter.write(Buffer.from(`${"x".repeat(65_536 - 6)}${secret} after\n`));
  journal.progress("build", { facts: [verbatim(`with ${secret}`)] });
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
  expect(rows).toContain("x********"); // cut by a host at 64 KiB
  expect(rows).toContain('"******** after"');
});

test("an unforeseen error is in the process log with its cause and stack, and in the deployment's log by its kind", async () => {
  const { journal, id } = await aRunningDeployment("unforeseen");
  const logged: string[] = [];
  redirectLog({ write: (line) => logged.push(line) });
  await journal.started("transfer");
  const cause = Object.assign(new Error("password=hunter2"), { code: "EXDEV" });
  const problem = new Problem("internal", { cause });
  journal.failed("transfer", problem);
  await journal.undoing(problem);
  await journal.finish("failed");
  const entry = JSON.parse(logged.find((line) => line.includes("unforeseen")) ?? "{}");
  expect(entry).toMatchObject({
    level: "error",
    deploymentId: id,
    phase: "transfer",
    err: { message: "internal", cause: { message: "password=hunter2", code: "EXDEV" } },
  });
  expect(entry.err.cause.stack).toContain("journal.db.test.ts");
  expect(logged.filter((line) => line.includes("unforeseen"))).toHaveLength(1);
  const lines = (await readLog(id, { limit: 10 })).lines.map(({ line }) => line[2]);
  expect(lines[0]).toBe(
    `Landfall met an unforeseen error (Error EXDEV). Its cause and stack are in Landfall's own log, under deployment ${id}.`,
  );
  expect(lines.join()).not.toContain("hunter2");
});

test("a cause that no command printed is a line of the log, and the problem knows which", async () => {
  const { journal, id } = await aRunningDeployment("own-cause");
  await journal.started("validation");
  journal.log("validation", "i", "checking");
  const problem = new Problem("disk-full", { detail: "\u001b[31m10 MB free\u001b[0m, 64 MB needed" });
  journal.failed("validation", problem);
  await journal.undoing(problem);
  await journal.finish("failed");
  const deployment = await db.deployment.findUniqueOrThrow({ where: { id } });
  expect(deployment.problem).toEqual({ code: "disk-full", params: {}, detail: "10 MB free, 64 MB needed", line: 3 });
  const lines = (await readLog(id, { limit: 10 })).lines.map(({ n, line }) => `${n} ${line[2]}`);
  expect(lines).toEqual(["1 checking", "2 This phase ended: disk full.", "3 10 MB free, 64 MB needed"]);
});

test.each(["failed", "cancelled", "stuck"] as const)(
  "no phase is still running in a deployment that is %s",
  async (state) => {
    const { journal, id } = await aRunningDeployment(`ends-${state}`);
    await journal.started("validation");
    await journal.undoing(new Problem("deployment-timeout", { params: { seconds: 5 } }));
    await journal.finish(state);
    expect(await db.phase.findFirstOrThrow({ where: { deploymentId: id, key: "validation" } })).toMatchObject({
      status: "failed",
      finishedAt: expect.any(Date),
      problem: { code: "deployment-timeout", params: { seconds: 5 } },
    });
    expect((await readEvents(id, 1)).map(({ event }) => event.type).slice(-2)).toEqual(["phase-finished", "state"]);
  },
);

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
  expect(found.total).toBe(11 - 1); // the transfer includes the file 7777 itself
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
  expect(await collect(id, all.length, 2_000)).toEqual([]);
});

async function collect(id: string, after: number, withinMs = 60_000) {
  const events: { number: number; event: DeploymentEvent }[] = [];
  for await (const batch of followDeployment(id, after, AbortSignal.timeout(withinMs))) events.push(...batch);
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
    serviceId: deployment.serviceId,
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
      release_command: null,
      artifact: null,
    },
    mask: createMask(secrets.map((secret) => new Secret(secret))),
    onCancelRequested: () => {},
  });
  journal.begin();
  return { journal, id, service };
}
