import type * as z from "zod";
import type { FieldError, ProblemParams } from "./problem";
import { STACK_NAME_LENGTH } from "./stack";

type Issue = z.core.$ZodIssue;

/** An invalid field: a stable code of ours with a sentence under `fields`, and that sentence's values. */
export interface FieldFinding {
  path: FieldError["path"];
  code: string;
  params?: ProblemParams;
  /** zod's own sentence, used where we have none. */
  fallback?: string;
}

/** Every invalid field that a schema found in the input. */
export function fieldFindings(issues: readonly Issue[], input: unknown): FieldFinding[] {
  return issues.flatMap((issue) => findings(issue, input));
}

function findings(issue: Issue, input: unknown): FieldFinding[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...path, key], code: "unknown-field" }));
  if (issue.code === "invalid_key") return issue.issues.flatMap((inner) => findings({ ...inner, path }, input));
  return [{ path, fallback: issue.message, ...codeOf(issue, valueAt(input, path)) }];
}

/** Our schemas give their refinements' codes as messages; zod's own checks become the codes below. */
function codeOf(issue: Issue, value: unknown): { code: string; params?: ProblemParams } {
  if (/^[a-z]+(-[a-z]+)+$/.test(issue.message)) return { code: issue.message, params: CONSTANTS[issue.message] };
  if (value === undefined) return { code: "required" };
  switch (issue.code) {
    case "invalid_type":
      return { code: "wrong-type", params: { expected: issue.expected } };
    case "too_small":
      return { code: SIZES[issue.origin]?.[0] ?? "too-low", params: { limit: Number(issue.minimum) } };
    case "too_big":
      return { code: SIZES[issue.origin]?.[1] ?? "too-high", params: { limit: Number(issue.maximum) } };
    case "invalid_format":
      return { code: FORMATS[issue.format] ?? "invalid-format" };
    case "invalid_value":
      return { code: "not-an-option", params: { options: issue.values.map(String).join(", ") } };
    case "invalid_union":
      return unionOptions(issue) ?? { code: "invalid-union" };
    default:
      return { code: issue.code.replaceAll("_", "-") };
  }
}

/** Values for the codes of refinements, which carry none. */
const CONSTANTS: Partial<Record<string, ProblemParams>> = { "name-length": STACK_NAME_LENGTH };

const SIZES: Partial<Record<string, [string, string]>> = {
  string: ["too-short", "too-long"],
  array: ["too-few", "too-many"],
  set: ["too-few", "too-many"],
  record: ["too-few", "too-many"],
};

const FORMATS: Partial<Record<string, string>> = {
  email: "not-an-email",
  uuid: "not-an-id",
  datetime: "not-a-time",
  url: "not-a-url",
};

/** The allowed kinds of a discriminated union. */
function unionOptions(issue: z.core.$ZodIssueInvalidUnion): { code: string; params: ProblemParams } | undefined {
  const options = "options" in issue && Array.isArray(issue.options) ? issue.options : [];
  return options.length > 0
    ? { code: "not-an-option", params: { options: options.map(String).join(", ") } }
    : undefined;
}

function valueAt(input: unknown, path: FieldError["path"]): unknown {
  return path.reduce<unknown>(
    (value, part) => (value === null || typeof value !== "object" ? undefined : Reflect.get(value, part)),
    input,
  );
}
