import { endAbandonedBackups, matchStorage, publishOverdue } from "@/lib/domain/backups/backup-upkeep";
import { pruneDeliveries } from "@/lib/domain/hooks/hook-store";
import { pruneNotifications } from "@/lib/domain/notifications/deliveries";
import { sendDueNotifications } from "@/lib/domain/notifications/send-due";
import { bindToPlaces } from "@/lib/domain/rotation/reseal";
import { checkDueTargets, checkTargetDrift } from "@/lib/engine/reconcile/check-target-drift";
import { publishSlowDeployments } from "@/lib/engine/slow-deployments";
import { pruneSpans } from "@/lib/engine/watch/health-store";
import { measureUsage } from "@/lib/engine/watch/measure-usage";
import { pruneUsage } from "@/lib/engine/watch/usage-store";
import { watchHealth } from "@/lib/engine/watch/watch-health";
import { watchCertificates } from "@/lib/engine/watch-certificates";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { remindRegistry } from "@/lib/registry/current-registry";
import { pruneSources } from "@/lib/sources/registry";
import { CHECK_EVERY_MS, checkServersThatAreDue, refreshTargetCheck } from "@/lib/targets/check-target";
import type { TargetRow } from "@/lib/targets/target-store";

interface Chore {
  name: string;
  everyMs: number;
  run: (signal: AbortSignal) => Promise<unknown>;
}

/** Periodic work. Each chore is safe to run in several workers concurrently and does nothing when nothing is due. */
function chores(here: TargetRow | null): Chore[] {
  return [
    ...(here
      ? [{ name: "check this machine", everyMs: CHECK_EVERY_MS, run: () => refreshTargetCheck(here.name) }]
      : []),
    { name: "reconcile targets", everyMs: 2_000, run: checkDueTargets },
    { name: "watch the health of services", everyMs: 5_000, run: watchHealth },
    { name: "measure what services use", everyMs: 5_000, run: measureUsage },
    { name: "remove old figures of services", everyMs: 60 * 60_000, run: pruneUsage },
    { name: "remove old times of health", everyMs: 60 * 60_000, run: pruneSpans },
    { name: "check servers", everyMs: 30_000, run: checkServersThatAreDue },
    { name: "announce again what the Registry has forgotten", everyMs: 30_000, run: remindRegistry },
    { name: "send notifications", everyMs: 5_000, run: (signal) => sendDueNotifications(signal) },
    { name: "publish slow deployments", everyMs: 30_000, run: () => publishSlowDeployments() },
    { name: "look at certificates", everyMs: 60 * 60_000, run: (signal) => watchCertificates(signal) },
    { name: "end abandoned backups", everyMs: 30_000, run: () => endAbandonedBackups() },
    { name: "publish that a backup is overdue", everyMs: 10 * 60_000, run: () => publishOverdue() },
    { name: "match the storage of backups", everyMs: 60 * 60_000, run: matchStorage },
    { name: "bind secrets to their places", everyMs: 60 * 60_000, run: bindToPlaces },
    { name: "remove old log lines", everyMs: 60 * 60_000, run: forgetOldLogs },
    { name: "remove sources that nothing needs", everyMs: 10 * 60_000, run: pruneSources },
    { name: "remove old deliveries of hooks", everyMs: 60 * 60_000, run: pruneDeliveries },
    { name: "remove old notifications", everyMs: 60 * 60_000, run: pruneNotifications },
    { name: "remove old idempotency keys", everyMs: 60 * 60_000, run: forgetOldKeys },
  ];
}

const DAY_MS = 24 * 60 * 60_000;
/** How long an idempotency key is valid. */
const KEYS_KEPT_MS = 7 * DAY_MS;

function forgetOldLogs() {
  return db.logChunk.deleteMany({ where: { at: { lt: new Date(Date.now() - env.LOG_RETENTION_DAYS * DAY_MS) } } });
}
function forgetOldKeys() {
  return db.idempotencyKey.deleteMany({ where: { createdAt: { lt: new Date(Date.now() - KEYS_KEPT_MS) } } });
}

/**
 * Runs every chore now and at its interval. A failure is logged, and the chore runs again at its next interval. `here`
 * is this machine, null when no services are deployed to it. Returns a function that stops the chores.
 */
export function startBackgroundWork(here: TargetRow | null): () => void {
  const stopping = new AbortController();
  const work = ({ name, run }: Pick<Chore, "name" | "run">) => {
    run(stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted)
        log.warn({ err: error, chore: name }, "background work failed; it is tried again later");
    });
  };
  // Even when it is not due: after a restart of this machine none of its services run, even if the target is disabled.
  if (here)
    work({
      name: "reconcile this machine",
      run: (signal) => checkTargetDrift(here, { stopping: signal, isFirst: true }),
    });
  const timers = chores(here).map((chore) => {
    work(chore);
    return setInterval(work, chore.everyMs, chore);
  });
  return () => {
    timers.forEach(clearInterval);
    stopping.abort();
  };
}
