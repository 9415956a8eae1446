import { db } from "@/lib/db/client";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { retryAnnouncements } from "@/lib/registrations/retry-announcements";

/** Work that no person asked for. Each is safe to run in several workers at once and does nothing when nothing is due. */
const CHORES: readonly { name: string; everyMs: number; run: (signal: AbortSignal) => Promise<unknown> }[] = [
  { name: "announce what the Registry still owes", everyMs: 30_000, run: retryAnnouncements },
  { name: "forget old log lines", everyMs: 60 * 60_000, run: forgetOldLogs },
  { name: "forget old idempotency keys", everyMs: 60 * 60_000, run: forgetOldKeys },
];

const DAY_MS = 24 * 60 * 60_000;
/** How long a repeat of a request is recognised. */
const KEYS_KEPT_MS = 7 * DAY_MS;

function forgetOldLogs() {
  return db.logChunk.deleteMany({ where: { at: { lt: new Date(Date.now() - env.LOG_RETENTION_DAYS * DAY_MS) } } });
}
function forgetOldKeys() {
  return db.idempotencyKey.deleteMany({ where: { createdAt: { lt: new Date(Date.now() - KEYS_KEPT_MS) } } });
}

/** Starts the chores; one that fails is logged and tried again when it is due next. Returns what stops them. */
export function startBackgroundWork(): () => void {
  const stopping = new AbortController();
  const timers = CHORES.map(({ name, everyMs, run }) =>
    setInterval(() => {
      run(stopping.signal).catch((error: unknown) => {
        if (!stopping.signal.aborted)
          log.warn({ err: error, chore: name }, "background work failed; it is tried again later");
      });
    }, everyMs),
  );
  return () => {
    timers.forEach(clearInterval);
    stopping.abort();
  };
}
