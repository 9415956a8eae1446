/* Workers are killed with SIGKILL in the middle of a backup: another worker must complete it, and nothing is left. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect } from "vitest";
import { getBackup } from "@/lib/domain/backups/backup-store";
import { requestBackup } from "@/lib/domain/backups/request-backup";
import { db } from "@/lib/platform/db/client";
import { queue } from "@/lib/platform/queue/boss";
import { type Machine, test } from "./machine";
import { until } from "./until";

afterAll(async () => (await queue()).stop({ graceful: false }));

const TAKEN_OVER_MS = 60_000;

test("killed while it reads the tables, and its successor while it proves what it stored: the third makes the backup", async ({
  machine,
}) => {
  const reader = await machine.aWorker();
  const { id } = await requestBackup({ name: "kept" }, machine.owner);
  await untilThere(() => namesIn(machine, "backup-work").length > 0);
  await reader.killNine();

  const prover = await machine.aWorker();
  await untilThere(() => archives(machine).includes("kept.tar.gz"));
  await prover.killNine();
  expect((await getBackup(id)).state).toBe("running");

  await machine.aWorker();
  const made = await until("the backup is made", () => unlessUnderWay(id), { withinMs: TAKEN_OVER_MS });
  expect(made).toMatchObject({ state: "succeeded", problem: null, proof: { state: "proven" } });
  expect(archives(machine).sort()).toEqual(["kept.tar.gz", "kept.tar.gz.sha256"]);
  await expect.poll(() => namesIn(machine, "backup-work")).toEqual([]);
  const proofs =
    await db.$queryRaw`SELECT datname FROM pg_database WHERE starts_with(datname, current_database() || '_proof_')`;
  expect(proofs).toEqual([]);
});

const namesIn = (machine: Machine, folder: string) => {
  const path = join(machine.dataDir, folder);
  return existsSync(path) ? readdirSync(path) : [];
};
const archives = (machine: Machine) => namesIn(machine, "backups");

/** Polls more often than `until`: the awaited state lasts only a moment. */
async function untilThere(isThere: () => boolean): Promise<void> {
  while (!isThere()) await sleep(1);
}

async function unlessUnderWay(id: string) {
  const backup = await getBackup(id);
  return backup.state !== "running" && backup.state !== "queued" && backup;
}
