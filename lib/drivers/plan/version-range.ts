/** Ranges of versions as `engines` of package.json has them, and files of version managers. Prereleases are not told apart. */

type Version = readonly [number, number, number];

/** Null where the range is written in a way that is not known here (`lts/*`, a tag). */
export function isWithin(version: string, range: string): boolean | null {
  const [, ...given] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  if (given.length === 0) return null;
  const alternatives = range.split("||").map((part) => boundsOf(part.trim()));
  if (alternatives.some((bounds) => bounds === null)) return null;
  const number = given.map(Number) as unknown as Version;
  return alternatives.some((bounds) => bounds?.every(([from, to]) => !isBefore(number, from) && isBefore(number, to)));
}

/** From the first version to before the second. */
type Bounds = readonly [from: Version, to: Version];
const LOWEST: Version = [0, 0, 0];
const NONE_ABOVE: Version = [Number.POSITIVE_INFINITY, 0, 0];

const COMPARATOR = /^(>=|<=|>|<|=|\^|~)?\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:[-+][\w.+-]*)?$/;

/** All of a range's comparators hold together; a hyphen is between two versions that both count. */
function boundsOf(range: string): Bounds[] | null {
  const [, from, to] = /^(\S+)\s+-\s+(\S+)$/.exec(range) ?? [];
  const words = from && to ? [`>=${from}`, `<=${to}`] : range.replace(/([<>=^~])\s+/g, "$1").split(/\s+/);
  const bounds = words.map((word) => (word === "" ? ([LOWEST, NONE_ABOVE] as const) : comparatorBounds(word)));
  return bounds.every((each) => each !== null) ? bounds : null;
}

function comparatorBounds(word: string): Bounds | null {
  const [, operator = "", ...parts] = COMPARATOR.exec(word) ?? [];
  if (parts.length === 0) return null;
  const unset = parts.findIndex((part) => part === undefined || /[xX*]/.test(part));
  const numbers = parts.slice(0, unset === -1 ? 3 : unset).map(Number);
  const [major = 0, minor = 0, patch = 0] = numbers;
  const from: Version = [major, minor, patch];
  if (numbers.length === 0) return [LOWEST, NONE_ABOVE];
  if (operator === ">=") return [from, NONE_ABOVE];
  if (operator === "<") return [LOWEST, from];
  const after = next(from, numbers.length);
  if (operator === ">") return [after, NONE_ABOVE];
  if (operator === "<=") return [LOWEST, after];
  if (operator === "~") return [from, next(from, Math.min(numbers.length, 2))];
  if (operator === "^") return [from, next(from, major > 0 ? 1 : Math.min(numbers.length, minor > 0 ? 2 : 3))];
  return [from, after];
}

/** The first version that differs in one of the first `precision` numbers. */
function next([major, minor, patch]: Version, precision: number): Version {
  if (precision === 1) return [major + 1, 0, 0];
  return precision === 2 ? [major, minor + 1, 0] : [major, minor, patch + 1];
}

function isBefore(a: Version, b: Version): boolean {
  const at = a.findIndex((number, index) => number !== b[index]);
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0);
}
