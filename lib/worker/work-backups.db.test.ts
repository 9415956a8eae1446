import { afterAll, beforeAll, expect, test } from "vitest";
import { listBackups } from "@/lib/domain/backups/backup-store";
import { requestBackup } from "@/lib/domain/backups/request-backup";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { queue } from "@/lib/platform/queue/boss";
import { BACKUPS } from "@/lib/platform/queue/queues";
import { type BackupWorker, workBackups } from "./work-backups";

let worker: BackupWorker;
beforeAll(async () => {
  worker = await workBackups(await queue("worker"));
});
afterAll(async () => {
  await worker.stop();
  await (await queue()).stop({ graceful: false });
});

test("a worker makes what a person asks for, and what the schedule sends", async () => {
  const { id } = await requestBackup({ name: "asked" }, await aPerson());
  const state = async (where: object) => (await db.backup.findFirst({ where }))?.state;
  await expect.poll(() => state({ id }), { timeout: 100_000 }).toBe("succeeded");
  await (await queue()).send(BACKUPS, {});
  await expect.poll(() => state({ trigger: "schedule" }), { timeout: 100_000 }).toBe("succeeded");
}, 240_000);

test("the schedule is the queue's, once whatever the number of workers, and the page knows it", async () => {
  const boss = await queue();
  await workBackups(boss);
  expect(await boss.getSchedules()).toMatchObject([{ name: BACKUPS, cron: "0 3 * * *", timezone: "UTC" }]);
  const { plan } = await listBackups(new Date("2026-11-21T12:00:00Z"));
  expect(plan).toMatchObject({ schedule: "0 3 * * *", nextAt: "2026-11-22T03:00:00.000Z", keep: 10 });
});
