import type { FieldError } from "@/lib/contracts/problem";

const DEEPEST = 32;
const LONE_SURROGATE_OR_NUL = /\0|\p{Surrogate}/u;

/**
 * What no field may hold, whatever its schema says: text that Postgres cannot keep, names that JavaScript treats
 * specially and would lose, and nesting that would exhaust the stack of whoever walks it next.
 */
export function findUnstorable(value: unknown): { path: FieldError["path"]; code: string }[] {
  const found: { path: FieldError["path"]; code: string }[] = [];
  const open: { value: unknown; path: FieldError["path"] }[] = [{ value, path: [] }];
  for (let next = open.pop(); next && found.length < 100; next = open.pop()) {
    const { value: current, path } = next;
    if (typeof current === "string" && LONE_SURROGATE_OR_NUL.test(current)) found.push({ path, code: "nul-character" });
    if (typeof current !== "object" || current === null) continue;
    if (path.length >= DEEPEST) {
      found.push({ path, code: "too-deep" });
      continue;
    }
    for (const [name, inner] of Object.entries(current)) {
      const innerPath = [...path, Array.isArray(current) ? Number(name) : name.toWellFormed()];
      if (name === "__proto__") found.push({ path: innerPath, code: "unknown-field" });
      else if (LONE_SURROGATE_OR_NUL.test(name)) found.push({ path: innerPath, code: "nul-character" });
      else open.push({ value: inner, path: innerPath });
    }
  }
  return found;
}
