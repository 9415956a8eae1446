import type * as z from "zod";
import type { KeyRow } from "./answers";
import type { DokployKeyLimit } from "./types";

/** A server shows of a key only how it begins, so keys that begin alike cannot be told apart. */
export function limitOf(apiKey: string, keys: readonly z.infer<typeof KeyRow>[]): DokployKeyLimit {
  const alike = keys.filter(({ start }) => start !== null && start.length >= 4 && apiKey.startsWith(start));
  const limits = alike.map(limitIn);
  const [first] = limits;
  if (first === undefined) return "unknown";
  if (limits.every((limit) => limit === "none")) return "none";
  return limits.length === 1 ? first : "unknown";
}

/** Every request counts twice. */
function limitIn({ rateLimitEnabled, rateLimitMax, rateLimitTimeWindow, remaining }: z.infer<typeof KeyRow>) {
  if (typeof remaining === "number") return { calls: Math.floor(remaining / 2), windowMs: null };
  if (!rateLimitEnabled || typeof rateLimitMax !== "number") return "none";
  return { calls: Math.floor(rateLimitMax / 2), windowMs: rateLimitTimeWindow ?? null };
}
