export interface DayStart {
  /** 2026-11-20 */
  day: string;
  start: Date;
}

const DAY_MS = 86_400_000;

/** The newest `count` days in a time zone, oldest first, and when each began there. */
export function dayStarts(timeZone: string, count: number, now: Date): DayStart[] {
  const today = Date.parse(`${localDay(now, timeZone)}T00:00:00Z`);
  return Array.from({ length: count }, (_, index) => {
    const midnight = new Date(today - (count - 1 - index) * DAY_MS);
    return { day: midnight.toISOString().slice(0, 10), start: startOfDay(midnight, timeZone) };
  });
}

/** Two passes: the first guess may have the offset of the other side of a clock change. */
function startOfDay(midnight: Date, timeZone: string): Date {
  const guess = new Date(midnight.getTime() - offsetMs(midnight, timeZone));
  return new Date(midnight.getTime() - offsetMs(guess, timeZone));
}

function localDay(at: Date, timeZone: string): string {
  return new Date(at.getTime() + offsetMs(at, timeZone)).toISOString().slice(0, 10);
}

/** How far the zone's clocks are ahead of UTC at a given time. */
function offsetMs(at: Date, timeZone: string): number {
  const fields = {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  } as const;
  const format = new Intl.DateTimeFormat("en", {
    ...fields,
    timeZone,
    hourCycle: "h23",
    calendar: "gregory",
    numberingSystem: "latn",
  });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at.getTime() / 1000) * 1000;
}
