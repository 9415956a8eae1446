import { CronExpressionParser } from "cron-parser";

/** How long a due backup may take before it is overdue. */
const GRACE_MS = 60 * 60_000;

/** In UTC, like the queue; null when the schedule is off. */
export function nextBackupAt(schedule: string, now: Date): Date | null {
  return schedule === "off" ? null : after(schedule, now);
}

/**
 * When a missed backup was due, or null. `newest` is the time of the newest backup, or of the installation while there
 * is none.
 */
export function overdueSince(schedule: string, newest: Date, now: Date): Date | null {
  if (schedule === "off") return null;
  const due = after(schedule, newest);
  return due.getTime() + GRACE_MS < now.getTime() ? due : null;
}

/** Throws for an invalid cron expression. */
function after(schedule: string, moment: Date): Date {
  return CronExpressionParser.parse(schedule, { tz: "UTC", currentDate: moment }).next().toDate();
}
