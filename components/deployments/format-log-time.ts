const formats = new Map<string | undefined, Intl.DateTimeFormat>();

/** `14:02:15.204`, in the reader's time zone. */
export function formatLogTime(epochMs: number, timeZone: string | undefined): string {
  const known = formats.get(timeZone);
  const format = known ?? makeFormat(timeZone);
  if (!known) formats.set(timeZone, format);
  return format.format(epochMs);
}

/** English wherever one reads: it is the one order of parts that is wanted here. */
function makeFormat(timeZone: string | undefined): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
    timeZone,
  });
}
