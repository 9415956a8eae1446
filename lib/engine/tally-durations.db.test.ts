import { beforeEach, expect, test } from "vitest";
import { db } from "@/lib/platform/db/client";
import { tallyDurations } from "./tally-durations";
import { aPerson, aService } from "./test-service";

beforeEach(async () => {
  await db.deployment.deleteMany();
  await db.durationTally.deleteMany();
});

let number = 0;
async function aDeployment(
  state: string,
  durationMs: number | null,
  phases: { key: string; status: string; durationMs: number | null }[] = [],
) {
  const service = (await db.service.findFirst()) ?? (await aService(await aPerson(), { name: "shop" }));
  number += 1;
  const finishedAt = durationMs === null ? null : new Date();
  const fields = {
    serviceId: service.id,
    targetId: service.targetId,
    number,
    kind: "deploy",
    driver: "process",
    spec: {},
    trigger: "api",
  };
  return db.deployment.create({
    data: {
      ...fields,
      state,
      durationMs,
      finishedAt,
      phases: { create: phases.map((phase, position) => ({ ...phase, position })) },
    },
  });
}

async function tallies() {
  const rows = await db.durationTally.findMany({
    orderBy: [{ subject: "asc" }, { outcome: "asc" }, { bucket: "asc" }],
  });
  return rows.map(({ subject, outcome, bucket, count, totalMs }) => [
    subject,
    outcome,
    bucket,
    Number(count),
    Number(totalMs),
  ]);
}

test("what has ended is counted once, into the bucket whose bound it does not pass", async () => {
  await aDeployment("succeeded", 100, [
    { key: "build", status: "succeeded", durationMs: 101 },
    { key: "start", status: "skipped", durationMs: 0 },
    { key: "verify", status: "pending", durationMs: null },
  ]);
  await aDeployment("failed", 9_000_000);
  await aDeployment("cancelled", 0);
  const running = await aDeployment("running", null);
  await tallyDurations();
  await tallyDurations();
  const counted = [
    ["build", "succeeded", 1, 1, 101],
    ["deployment", "cancelled", 0, 1, 0],
    ["deployment", "failed", 12, 1, 9_000_000],
    ["deployment", "succeeded", 0, 1, 100],
  ];
  expect(await tallies()).toEqual(counted);

  await db.deployment.update({
    where: { id: running.id },
    data: { state: "succeeded", finishedAt: new Date(), durationMs: 7 },
  });
  await tallyDurations();
  expect(await tallies()).toEqual([...counted.slice(0, -1), ["deployment", "succeeded", 0, 2, 107]]);
});

test("several workers at once count everything once", async () => {
  for (let n = 0; n < 20; n++)
    await aDeployment("succeeded", 5, [{ key: "build", status: "succeeded", durationMs: 5 }]);
  await Promise.all(Array.from({ length: 6 }, tallyDurations));
  await tallyDurations();
  expect(await tallies()).toEqual([
    ["build", "succeeded", 0, 20, 100],
    ["deployment", "succeeded", 0, 20, 100],
  ]);
});
