import type { Job, PgBoss } from "pg-boss";
import { SYSTEM } from "@/lib/contracts/user";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { ensureBackupQueue } from "@/lib/platform/queue/boss";
import { BACKUPS, type BackupOrder, HEARTBEAT_REFRESH_SECONDS } from "@/lib/platform/queue/queues";

/** Makes the queue give the backup to the next worker. */
class Stopped extends Error {}

export interface BackupWorker {
  /** Another worker restarts an interrupted backup. */
  stop(): Promise<void>;
}

/** Creates backups for the schedule or on request, one at a time among all workers. */
export async function workBackups(boss: PgBoss): Promise<BackupWorker> {
  await ensureBackupQueue(boss);
  await keepSchedule(boss);
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const options = {
    batchSize: 1,
    pollingIntervalSeconds: 5,
    notifyPollingIntervalSeconds: 30,
    heartbeatRefreshSeconds: HEARTBEAT_REFRESH_SECONDS,
  };
  await boss.work<BackupOrder>(BACKUPS, options, async ([job]: Job<BackupOrder>[]) => {
    if (!job) return;
    running = carryOut(job.data, AbortSignal.any([stopping.signal, job.signal]));
    await running;
  });
  return {
    async stop() {
      stopping.abort(new Stopped());
      await Promise.allSettled([running]);
    },
  };
}

/** Imports the code of backups on demand, so that an idle worker does not keep it in memory. */
async function carryOut({ backupId }: BackupOrder, signal: AbortSignal): Promise<void> {
  const [{ beginBackup }, { makeBackup }] = await Promise.all([
    import("@/lib/domain/backups/request-backup"),
    import("@/lib/domain/backups/make-backup"),
  ]);
  const id = backupId ?? (await beginBackup({ trigger: "schedule" }, SYSTEM));
  const { name, state, proof } = await makeBackup(id, { signal });
  log.info({ backup: name, state, proof: proof?.state }, "backup ended");
}

/** A backup missed while no worker ran is created once. Every worker sets the same schedule. */
async function keepSchedule(boss: PgBoss): Promise<void> {
  if (env.BACKUP_SCHEDULE === "off") return boss.unschedule(BACKUPS);
  try {
    await boss.schedule(BACKUPS, env.BACKUP_SCHEDULE, {}, { tz: "UTC", missed: "once" });
  } catch (error) {
    log.error({ err: error }, "BACKUP_SCHEDULE is no cron expression: no backups are made by themselves");
  }
}
