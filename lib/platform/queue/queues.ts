import type { Queue } from "pg-boss";

/** Seconds a worker may be silent before its deployments are given to another (pg-boss's smallest value is 10). */
export const HEARTBEAT_SECONDS = 10;
/** How often a living worker says so: five chances before it is taken for dead. */
export const HEARTBEAT_REFRESH_SECONDS = 2;
/** How soon a deployment asks again when its target was busy. */
const BUSY_RETRY_SECONDS = 1;
/** A deployment ends itself (DEPLOY_TIMEOUT_MS, undo included) long before the queue would give up on it. */
const EXPIRE_SECONDS = 24 * 60 * 60 - 1;

/**
 * A turn for a service: whoever gets it runs the oldest deployment that has not ended. A message per deployment, but not
 * about one: the queue orders by the time a transaction began, and that is not the order in which requests were accepted.
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
 * One at a time and in order per key (the service). A retry is a take-over or a busy target, never a second attempt at
 * a failed deployment: those end in the handler, so the limit is only there because the queue wants one.
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

/** Without an id it is the schedule that asks. */
export interface BackupOrder {
  backupId?: string;
}
export const BACKUPS = "backups";

/** One at a time. A second delivery means that the worker died: what failed by itself says so in its row instead. */
export const BACKUP_QUEUE: Omit<Queue, "name"> = {
  policy: "singleton",
  notify: true,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  expireInSeconds: EXPIRE_SECONDS,
  retryLimit: 3,
  retryDelay: BUSY_RETRY_SECONDS,
  deleteAfterSeconds: 24 * 60 * 60,
};
