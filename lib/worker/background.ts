import { db } from "@/lib/db/client";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { retryAnnouncements } from "@/lib/registrations/retry-announcements";
import { restoreServices } from "@/lib/services/restore-services";
import { refreshTargetCheck } from "@/lib/targets/check-target";
import type { PlacedTarget } from "@/lib/targets/host-place";

interface Chore {
  name: string;
  everyMs: number;
  run: (signal: AbortSignal) => Promise<unknown>;
}

/** Work that no person asked for. Each is safe to run in several workers at once and does nothing when nothing is due. */
function chores(local: PlacedTarget): Chore[] {
  return [
    { name: "put back services of this machine that were lost", everyMs: 10_000, run: () => restoreServices(local) },
    { name: "look at this machine", everyMs: 5 * 60_000, run: () => refreshTargetCheck(local.name) },
    { name: "announce what the Registry still owes", everyMs: 30_000, run: retryAnnouncements },
    { name: "forget old log lines", everyMs: 60 * 60_000, run: forgetOldLogs },
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

/** Does every chore now and whenever it is due; one that fails is logged and tried again then. Returns what stops them. */
export function startBackgroundWork(local: PlacedTarget): () => void {
  const stopping = new AbortController();
  const timers = chores(local).map(({ name, everyMs, run }) => {
    const work = () => {
      run(stopping.signal).catch((error: unknown) => {
        if (!stopping.signal.aborted)
          log.warn({ err: error, chore: name }, "background work failed; it is tried again later");
      });
    };
    work();
    return setInterval(work, everyMs);
  });
  return () => {
    timers.forEach(clearInterval);
    stopping.abort();
  };
}
