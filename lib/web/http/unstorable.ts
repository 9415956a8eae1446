import type { FieldError } from "@/lib/contracts/problem";

type Path = FieldError["path"];
interface Found {
  path: Path;
  code: "nul-character" | "too-deep" | "unknown-field";
}

const DEEPEST = 32;
const MOST_FOUND = 100;
const LONE_SURROGATE_OR_NUL = /\0|\p{Surrogate}/u;

/**
 * What no field may hold, whatever its schema says: text that Postgres cannot keep, names that JavaScript treats
 * specially and would lose, and nesting that would exhaust the stack of whoever walks it next.
 */
export function findUnstorable(value: unknown): Found[] {
  const found: Found[] = [];
  const open: { value: unknown; path: Path }[] = [{ value, path: [] }];
  for (let next = open.pop(); next && found.length < MOST_FOUND; next = open.pop()) {
    const { value: current, path } = next;
    const code = codeOf(current, path);
    if (code) found.push({ path, code });
    else if (typeof current === "object" && current !== null) open.push(...fieldsOf(current, path));
  }
  return found;
}

function codeOf(value: unknown, path: Path): Found["code"] | undefined {
  const name = path.at(-1);
  if (name === "__proto__") return "unknown-field";
  if (typeof name === "string" && LONE_SURROGATE_OR_NUL.test(name)) return "nul-character";
  if (typeof value === "string") return LONE_SURROGATE_OR_NUL.test(value) ? "nul-character" : undefined;
  return typeof value === "object" && value !== null && path.length >= DEEPEST ? "too-deep" : undefined;
}

function fieldsOf(value: object, path: Path): { value: unknown; path: Path }[] {
  return Object.entries(value).map(([name, inner]) => ({
    value: inner,
    path: [...path, Array.isArray(value) ? Number(name) : name],
  }));
}
