import { isObject } from "./ids";

export interface Difference {
  at: string;
  recorded: unknown;
  ours: unknown;
}

/** Only their type is compared: their values differ between runs. */
const CHANGING = /^(refreshToken|timestamp|processedOn|requestCount|uniqueConfigKey|Pid|Cmd|start|apiKeyId|id|key)$/;
const MOMENT = /\d{4}-\d{2}-\d{2}[T:]\d{2}:\d{2}:\d{2}(\.\d+)?Z?/g;
const AGE = /less than a second|about an? \w+|\d+ (second|minute|hour)s?/gi;
const DIGEST = /[0-9a-f]{64}|[0-9a-z]{25}|[0-9a-f]{12}/g;

/**
 * The differences of two bodies: keys, types, and values that do not change between runs. Lists of different lengths
 * are compared by their first elements.
 * @param recorded with its ids translated to ours
 */
export function compareBodies(recorded: unknown, ours: unknown, at = "body"): Difference[] {
  if (Array.isArray(recorded) && Array.isArray(ours)) return compareLists(recorded, ours, at);
  if (isObject(recorded) && isObject(ours)) return compareObjects(recorded, ours, at);
  if (typeOf(recorded) !== typeOf(ours)) return [{ at, recorded: typeOf(recorded), ours: typeOf(ours) }];
  return isSameValue(recorded, ours, at) ? [] : [{ at, recorded, ours }];
}

function compareLists(recorded: unknown[], ours: unknown[], at: string): Difference[] {
  if (recorded.length === ours.length)
    return inOneOrder(recorded).flatMap((one, index) => compareBodies(one, inOneOrder(ours)[index], `${at}[]`));
  if (recorded.length === 0 || ours.length === 0) return [{ at, recorded: recorded.length, ours: ours.length }];
  return shapeOf(recorded[0]) === shapeOf(ours[0]) ? [] : [{ at: `${at}[]`, recorded: recorded[0], ours: ours[0] }];
}

function compareObjects(recorded: Record<string, unknown>, ours: Record<string, unknown>, at: string): Difference[] {
  const keys = new Set([...Object.keys(recorded), ...Object.keys(ours)]);
  return [...keys].flatMap((key) => compareBodies(recorded[key], ours[key], `${at}.${key}`));
}

/** Sorts lists of rows that the server returns in no order: by host, which both sides have. */
function inOneOrder(list: unknown[]): unknown[] {
  if (!list.every((one) => isObject(one) && ("mountPath" in one || "host" in one || "title" in one))) return list;
  const nameOf = (one: unknown) => (isObject(one) ? `${one.host}${one.mountPath}${one.title}${one.createdAt}` : "");
  return list.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

function isSameValue(recorded: unknown, ours: unknown, at: string): boolean {
  const key = at.split(".").at(-1) ?? "";
  if (CHANGING.test(key)) return true;
  return typeof recorded === "string" && typeof ours === "string"
    ? settled(recorded) === settled(ours)
    : recorded === ours;
}

function settled(text: string): string {
  return text.replace(MOMENT, "<moment>").replace(AGE, "<age>").replace(DIGEST, "<digest>");
}

function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (!isObject(value)) return typeOf(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${key}:${shapeOf(value[key])}`).join(",")}}`;
}

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}
