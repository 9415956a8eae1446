import type { Queue } from "pg-boss";

/** Seconds without a heartbeat before a worker's deployments go to another worker (pg-boss's minimum is 10). */
export const HEARTBEAT_SECONDS = 10;
/** Seconds between heartbeats: five chances before a worker counts as dead. */
export const HEARTBEAT_REFRESH_SECONDS = 2;
/** The retry delay of a deployment whose target was busy. */
const BUSY_RETRY_SECONDS = 1;
/** A deployment ends itself (DEPLOY_TIMEOUT_MS, undo included) long before its job expires. */
const EXPIRE_SECONDS = 24 * 60 * 60 - 1;

/**
 * A turn for a service: the worker that gets it runs the service's oldest unfinished deployment. Each deployment sends
 * one message, which does not name it: the queue orders by the start of a transaction, and requests may be accepted in
 * another order.
 */
export interface DeploymentTurn {
  serviceId: string;
}

/** The queue of the deployments that any worker can run. */
export const ANY_WORKER = "deployments";

/** The queue of the deployments to a machine, which only a worker on that machine can run. */
export function machineQueue(machineId: string): string {
  return `deployments.${machineId}`;
}

/**
 * Strictly in order and one at a time per key (the service). A retry is a take-over or a busy target, never a second
 * attempt at a failed deployment: the handler ends those. The retry limit only exists because the queue requires one.
 */
export const DEPLOYMENT_QUEUE: Omit<Queue, "name"> = {
  policy: "key_strict_fifo",
  notify: true,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  expireInSeconds: EXPIRE_SECONDS,
  retryLimit: 1_000_000,
  retryDelay: BUSY_RETRY_SECONDS,
  deleteAfterSeconds: 24 * 60 * 60,
};

/** Without an id, the schedule ordered it. */
export interface BackupOrder {
  backupId?: string;
}
export const BACKUPS = "backups";

/** One at a time. A second delivery means that the worker died: a failed backup is recorded in its row instead. */
export const BACKUP_QUEUE: Omit<Queue, "name"> = {
  policy: "singleton",
  notify: true,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  expireInSeconds: EXPIRE_SECONDS,
  retryLimit: 3,
  retryDelay: BUSY_RETRY_SECONDS,
  deleteAfterSeconds: 24 * 60 * 60,
};
