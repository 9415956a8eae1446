import { endAbandonedBackups, matchStorage, publishOverdue } from "@/lib/domain/backups/backup-upkeep";
import { bindToPlaces } from "@/lib/domain/rotation/reseal";
import { checkDueTargets, checkTargetDrift } from "@/lib/engine/reconcile/check-target-drift";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { remindRegistry } from "@/lib/registry/current-registry";
import { forgetUploads } from "@/lib/sources/forget-uploads";
import { checkServersThatAreDue, refreshTargetCheck } from "@/lib/targets/check-target";
import { CHECK_EVERY_MS } from "@/lib/targets/target-check";
import type { TargetRow } from "@/lib/targets/target-row";

interface Chore {
  name: string;
  everyMs: number;
  run: (signal: AbortSignal) => Promise<unknown>;
}

/** Work that no person asked for. Each is safe to run in several workers at once and does nothing when nothing is due. */
function chores(here: TargetRow | null): Chore[] {
  return [
    ...(here
      ? [{ name: "look at this machine", everyMs: CHECK_EVERY_MS, run: () => refreshTargetCheck(here.name) }]
      : []),
    { name: "compare what should run with what runs", everyMs: 2_000, run: checkDueTargets },
    { name: "look at servers", everyMs: 30_000, run: checkServersThatAreDue },
    { name: "announce again what the Registry has forgotten", everyMs: 30_000, run: remindRegistry },
    { name: "end backups that nobody makes any more", everyMs: 30_000, run: () => endAbandonedBackups() },
    { name: "publish that a backup is overdue", everyMs: 10 * 60_000, run: () => publishOverdue() },
    { name: "look at what the storage of backups holds", everyMs: 60 * 60_000, run: matchStorage },
    { name: "bind secrets to their places", everyMs: 60 * 60_000, run: bindToPlaces },
    { name: "forget old log lines", everyMs: 60 * 60_000, run: forgetOldLogs },
    { name: "forget uploads that nothing needs", everyMs: 60 * 60_000, run: forgetUploads },
    { name: "forget old idempotency keys", everyMs: 60 * 60_000, run: forgetOldKeys },
  ];
}

const DAY_MS = 24 * 60 * 60_000;
/** How long a repeat of a request is recognised. */
const KEYS_KEPT_MS = 7 * DAY_MS;

function forgetOldLogs() {
  return db.logChunk.deleteMany({ where: { at: { lt: new Date(Date.now() - env.LOG_RETENTION_DAYS * DAY_MS) } } });
}
function forgetOldKeys() {
  return db.idempotencyKey.deleteMany({ where: { createdAt: { lt: new Date(Date.now() - KEYS_KEPT_MS) } } });
}

/**
 * Does every chore now and whenever it is due; one that fails is logged and tried again then. `here` is this machine,
 * null where nothing is deployed to it. Returns what stops them.
 */
export function startBackgroundWork(here: TargetRow | null): () => void {
  const stopping = new AbortController();
  const work = ({ name, run }: Pick<Chore, "name" | "run">) => {
    run(stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted)
        log.warn({ err: error, chore: name }, "background work failed; it is tried again later");
    });
  };
  // Whenever it is due: a machine that was just started lost everything that runs on it, also where it takes no deployments.
  if (here)
    work({
      name: "put back what this machine lost",
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
