/** Numbers in a line of the log and in a problem's detail: short English forms that every reader knows ("1,004", "21.3 MB"). */

const counts = new Intl.NumberFormat("en");
const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

export function count(value: number): string {
  return counts.format(value);
}

export function bytes(value: number): string {
  let amount = value;
  let unit = 0;
  // 999,900 would be shown as "1000 kB".
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1_000;
    unit += 1;
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : 1;
  return `${amount.toFixed(digits)} ${UNITS[unit]}`;
}

export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
