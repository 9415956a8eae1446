const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `0.31 s`, `12.4 s`, `2 m 06 s`, `1 h 04 m`: always left to right, with the language's decimal sign. */
export function formatDuration(durationMs: number, locale: string): string {
  const ms = Math.max(0, durationMs);
  if (ms < 9_995) return `${withDecimals(ms / 1000, 2, locale)} s`;
  if (ms < 59_950) return `${withDecimals(ms / 1000, 1, locale)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${pad(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} m`;
}

/** `43 ms`, and from one second on like other durations: for values mostly under a second. */
export function formatShortDuration(durationMs: number, locale: string): string {
  const ms = Math.max(0, Math.round(durationMs));
  return ms < 1000 ? `${ms} ms` : formatDuration(ms, locale);
}

/** `812 B`, `21.3 MB`: powers of 1,000, as for disks and networks, with the language's decimal sign. */
export function formatBytes(bytes: number, locale: string): string {
  let value = bytes;
  let power = 0;
  // 999,900 would be written as "1000 kB".
  while (value >= 999.5 && power < UNITS.length - 1) {
    value /= 1000;
    power += 1;
  }
  return `${withDecimals(value, power === 0 || value >= 99.95 ? 0 : 1, locale)} ${UNITS[power]}`;
}

/** Latin digits, as in the ids and ports beside them. */
function withDecimals(value: number, decimals: number, locale: string): string {
  return value.toLocaleString(locale, {
    numberingSystem: "latn",
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    useGrouping: false,
  });
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
