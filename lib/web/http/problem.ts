import * as z from "zod";
import { type FieldFinding, fieldFindings } from "@/lib/contracts/field-findings";
import { type FieldError, PROBLEMS, Problem, type ProblemCode, ProblemParams } from "@/lib/contracts/problem";
import { isTransient } from "@/lib/platform/db/transient";
import type { Sentences } from "./sentences";

const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

/** RFC 9457, the body of every failed request. */
export const ProblemBody = z
  .object({
    type: z.string().describe("A relative address that names the kind of problem: /problems/<code>"),
    title: z.string().describe("The code; stable"),
    status: z.int(),
    detail: z.string().describe("What happened, what was kept and what to do, in the caller's language"),
    code: z.enum(codes),
    params: ProblemParams.describe("The values in the sentence"),
    fields: z
      .array(
        z.object({
          path: z.array(z.union([z.string(), z.number()])),
          pointer: z.string().describe("RFC 6901, into the body"),
          code: z.string(),
          message: z.string(),
        }),
      )
      .describe("Every wrong field at once, the first 100; empty when the problem is not about fields"),
    cause: z.string().optional().describe("What the machine said, for the person who has to mend it"),
    requestId: z.string(),
  })
  .meta({ id: "Problem" });
export type ProblemBody = z.infer<typeof ProblemBody>;

interface ProblemContext {
  sentences: Sentences;
  requestId: string;
  /** The documented API's own statuses for codes, instead of the usual ones. */
  statuses?: Partial<Record<ProblemCode, number>>;
}

/** Converts any error. An unforeseen one is `internal`: its text may contain anything, so it is only logged. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isTransient(error)) return new Problem("database-unavailable", { cause: error });
  if (isUnstorableValue(error)) return new Problem("invalid-request", { cause: error });
  return new Problem("internal", { cause: error });
}

/** Prisma's codes for a value its column cannot hold: too long, out of range, of another type. The last safeguard. */
const UNSTORABLE = new Set(["P2000", "P2006", "P2007", "P2019", "P2020", "P2023", "P2033"]);

function isUnstorableValue(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && UNSTORABLE.has(error.code);
}

/** As many as a person can read; a request of a megabyte can have a hundred thousand. */
const MOST_FIELDS = 100;

export function problemResponse(problem: Problem, { sentences, requestId, statuses }: ProblemContext): Response {
  const { code, params } = problem;
  const status = statuses?.[code] ?? PROBLEMS[code];
  const body: ProblemBody = {
    type: `/problems/${code}`,
    title: code,
    status,
    detail: sentences.problem(code, params),
    code,
    params,
    fields: problem.fields.slice(0, MOST_FIELDS).map((field) => fieldBody(field, problem, sentences)),
    ...(problem.detail ? { cause: problem.detail } : {}),
    requestId,
  };
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (code === "rate-limited") headers["retry-after"] = String(params.seconds ?? 60);
  if (code === "method-not-allowed") headers.allow = String(params.allow ?? "");
  if (code === "unauthenticated") headers["www-authenticate"] = 'Bearer realm="landfall"';
  return new Response(JSON.stringify(body), { status, headers });
}

/** An invalid field from a command has its code as its message; here it gets its sentence. */
function fieldBody(
  { path, code, message, params }: FieldError,
  problem: Problem,
  sentences: Sentences,
): ProblemBody["fields"][number] {
  const sentence = message === code ? (sentences.field(code, params ?? problem.params) ?? message) : message;
  return { path, pointer: pointerTo(path), code, message: sentence };
}

/** RFC 6901, relative to the body: the JSON Pointer of tools. */
export function pointerTo(path: FieldError["path"]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Every invalid field of the input, each with a stable code and a sentence in the caller's language. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[], input: unknown, sentences: Sentences): FieldError[] {
  return fieldFindings(issues, input).map((finding) => toFieldError(finding, sentences));
}

export function toFieldError({ path, code, params, fallback }: FieldFinding, sentences: Sentences): FieldError {
  const message = sentences.field(code, params) ?? fallback ?? sentences.field("invalid") ?? code;
  return { path, code, message };
}
