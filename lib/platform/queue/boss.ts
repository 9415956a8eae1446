import { fromPrisma, PgBoss, type Queue } from "pg-boss";
import type { Tx } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { BACKUP_QUEUE, BACKUPS, type BackupOrder, DEPLOYMENT_QUEUE, type DeploymentTurn } from "./queues";

type Role = "sender" | "worker";
const shared = globalThis as { landfallBoss?: Promise<PgBoss> };

/**
 * This process's connection to the queue. A sender (the web) only sends messages. A worker also receives them, watches
 * heartbeats and cleans up the queue's tables. The migrator creates those tables.
 */
export function queue(role: Role = "sender"): Promise<PgBoss> {
  shared.landfallBoss ??= start(role).catch((error: unknown) => {
    shared.landfallBoss = undefined; // the next request tries again
    throw error;
  });
  return shared.landfallBoss;
}

async function start(role: Role): Promise<PgBoss> {
  const working = role === "worker";
  const boss = new PgBoss({
    connectionString: env.DATABASE_URL.reveal(),
    application_name: `landfall-queue-${role}`,
    max: working ? 6 : 2,
    migrate: false,
    createSchema: false,
    supervise: working,
    schedule: working,
    useListenNotify: working,
    // With the 60 s defaults a dead worker would be noticed a minute late.
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
    queueCacheIntervalSeconds: 5,
  });
  boss.on("error", problemReporter());
  await boss.start();
  return boss;
}

/** While the database is unavailable, every poller fails several times a second, so the log is throttled. */
function problemReporter(): (error: unknown) => void {
  let quietUntilMs = 0;
  let unsaid = 0;
  return (error) => {
    unsaid += 1;
    if (performance.now() < quietUntilMs) return;
    log.warn({ err: error, problems: unsaid }, "the queue had problems; it goes on");
    quietUntilMs = performance.now() + REPORT_EVERY_MS;
    unsaid = 0;
  };
}
const REPORT_EVERY_MS = 5_000;

/** Creates a deployment queue or updates its settings. Any number of processes may do so concurrently. */
export function ensureDeploymentQueue(boss: PgBoss, name: string): Promise<void> {
  return ensureQueue(boss, name, DEPLOYMENT_QUEUE);
}
export function ensureBackupQueue(boss: PgBoss): Promise<void> {
  return ensureQueue(boss, BACKUPS, BACKUP_QUEUE);
}

export async function ensureQueue(boss: PgBoss, name: string, settings: Omit<Queue, "name">): Promise<void> {
  await boss.createQueue(name, settings);
  const { policy: _fixedAtCreation, ...changeable } = settings;
  await boss.updateQueue(name, changeable);
}

/** Joins the caller's transaction: the message exists exactly when the deployment does. */
export async function sendTurn(tx: Tx, queueName: string, turn: DeploymentTurn): Promise<void> {
  const boss = await queue();
  await boss.send(queueName, turn, { singletonKey: turn.serviceId, db: fromPrisma(tx) });
}

/** Sends a backup order in the caller's transaction. */
export async function sendBackup(tx: Tx, order: BackupOrder): Promise<void> {
  const boss = await queue();
  await ensureBackupQueue(boss); // no worker of this version may have run yet
  await boss.send(BACKUPS, order, { db: fromPrisma(tx) });
}
