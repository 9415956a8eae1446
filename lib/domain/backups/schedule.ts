import { CronExpressionParser } from "cron-parser";

/** How long after it was due a backup may still be on its way. */
const GRACE_MS = 60 * 60_000;

/** In UTC, as the queue reads it too; null when it is off. */
export function nextBackupAt(schedule: string, now: Date): Date | null {
  return schedule === "off" ? null : after(schedule, now);
}

/**
 * When a backup was due that nobody made, or null. `newest` is when the newest one was made, or when this installation
 * began as long as there is none.
 */
export function overdueSince(schedule: string, newest: Date, now: Date): Date | null {
  if (schedule === "off") return null;
  const due = after(schedule, newest);
  return due.getTime() + GRACE_MS < now.getTime() ? due : null;
}

/** Throws when it is no cron expression. */
function after(schedule: string, moment: Date): Date {
  return CronExpressionParser.parse(schedule, { tz: "UTC", currentDate: moment }).next().toDate();
}
