import * as z from "zod";
import { Problem, type ProblemCode } from "@/lib/contracts/problem";
import type { JsonAnswer } from "@/lib/platform/outgoing/json-client";

/**
 * What an answer that is not a success means. Of the server's own words nothing is passed on: a `message` may be the SQL
 * it ran with the values it was given. A detail is made only of what cannot hold a secret: the call, the status, the
 * code, and of validation issues where they are and their codes.
 */

const ErrorBody = z.object({
  message: z.string().catch(""),
  code: z.string().optional().catch(undefined),
  issues: z
    .array(z.object({ path: z.array(z.union([z.string(), z.number()])).catch([]), code: z.string().catch("") }))
    .catch([]),
});
type ErrorBody = z.infer<typeof ErrorBody>;

export interface Asked {
  /** "application.create" */
  procedure: string;
  /** Did the server answer well a moment ago? */
  isKnown: boolean;
}

/** What the server itself says went wrong. */
export interface ServerError {
  status: number;
  /** May be the SQL it ran with the values it was given: to be compared, never to be shown. */
  message: string;
}

/** Null for a success, and for what a proxy says in the server's place. */
export function serverErrorIn({ status, form, body }: JsonAnswer): ServerError | null {
  if (status < 400 || form !== "json") return null;
  const error = ErrorBody.safeParse(body).data;
  return error?.code === undefined ? null : { status, message: error.message };
}

/** The same for a key that is wrong, was deleted, or is over its limit. */
export function isKeyRefused(answer: JsonAnswer): boolean {
  return answer.status === 401 && answer.form === "json" && serverErrorIn(answer) === null;
}

export function refusalOf({ procedure, isKnown }: Asked, answer: JsonAnswer): Problem {
  const body = answer.form === "json" ? (ErrorBody.safeParse(answer.body).data ?? null) : null;
  const seen = [`HTTP ${answer.status}`, ...(body ? [codeIn(body), issuesIn(body)] : [])];
  return new Problem(codeOf(answer.status, body, isKnown), {
    detail: `${procedure}: ${seen.filter(Boolean).join(" ")}`,
  });
}

/** It has no such call: the one 404 that is not about what was asked for. */
const NO_SUCH_CALL = "Not found";
/** Some calls answer 400 to everything, and only the text says that it was about rights. */
const IS_ABOUT_RIGHTS = /unauthori[sz]ed|not authori[sz]ed|not allowed|don't have (access|permission)/i;

/** Its own answers that are not JSON. */
const PLAIN: Partial<Record<number, ProblemCode>> = {
  400: "platform-refused",
  413: "platform-refused",
  429: "platform-failed",
};
const MEANINGS: Partial<Record<number, (body: ErrorBody) => ProblemCode>> = {
  400: ({ message }) => (IS_ABOUT_RIGHTS.test(message) ? "platform-forbidden" : "platform-refused"),
  401: ({ code }) => (code === undefined ? "platform-key-refused" : "platform-forbidden"),
  403: () => "platform-forbidden",
  404: ({ code, message }) => (code && message !== NO_SUCH_CALL ? "platform-gone" : "platform-unsupported"),
  429: () => "platform-failed",
};

function codeOf(status: number, body: ErrorBody | null, isKnown: boolean): ProblemCode {
  if (isFromGateway(status, body)) return silence(isKnown);
  if (body === null) return PLAIN[status] ?? foreign(isKnown);
  if (status >= 500) return "platform-failed";
  return MEANINGS[status]?.(body) ?? (status >= 400 ? "platform-refused" : "platform-unsupported");
}

function isFromGateway(status: number, body: ErrorBody | null): boolean {
  return (status >= 502 && status <= 504) || (status >= 500 && body === null);
}

/** No answer of its own: lost where it was there a moment ago. */
export function silence(isKnown: boolean): ProblemCode {
  return isKnown ? "platform-lost" : "platform-unreachable";
}

/** Something else answers: a page of a proxy, where the server was there a moment ago. */
export function foreign(isKnown: boolean): ProblemCode {
  return isKnown ? "platform-lost" : "platform-unsupported";
}

function codeIn({ code }: ErrorBody): string | null {
  return code && /^[A-Z_]{3,40}$/.test(code) ? code : null;
}

const MOST_ISSUES = 5;

function issuesIn({ issues }: ErrorBody): string | null {
  const told = issues
    .filter(({ path, code }) => /^[a-z_]{3,40}$/.test(code) && path.every((step) => /^[\w-]{1,40}$/.test(String(step))))
    .slice(0, MOST_ISSUES)
    .map(({ path, code }) => `${path.join(".")}: ${code}`);
  return told.length > 0 ? `(${told.join(", ")})` : null;
}
