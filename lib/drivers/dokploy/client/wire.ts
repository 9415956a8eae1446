import { setTimeout as sleep } from "node:timers/promises";
import { isBrokenCircuitError } from "cockatiel";
import * as z from "zod";
import { Problem, type ProblemCode } from "@/lib/contracts/problem";
import { log } from "@/lib/platform/log";
import {
  type Call,
  type Circuit,
  type JsonAnswer,
  JsonClient,
  type Verdict,
} from "@/lib/platform/outgoing/json-client";
import type { Secret } from "@/lib/platform/secrets/secret";

export interface WireSettings {
  /** The name of the target, for logs and problems. */
  name: string;
  /** Without `/api`. */
  url: string;
  apiKey: Secret;
  onCircuit?: (circuit: Circuit) => void;
  openMs?: readonly number[];
  /** The delay before the second attempt of a call; one second when absent. */
  firstDelayMs?: number;
  /** How often a repeatable call is tried; five times when absent. */
  tries?: number;
  /** The time limit of one attempt; each call has its own when absent. */
  timeoutMs?: number;
  /** How long a key that worked may be refused before the call fails; two minutes when absent. */
  keyPatienceMs?: number;
  keyEveryMs?: number;
}

export type Query = Record<string, string | number>;

export interface Asking<T> {
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  /** The result that an error of the server itself means for this call; undefined where it is an error. */
  errorAs?: (error: ServerError) => T | undefined;
}

/** How long the circuit to a server stays open: a restarted server is back within seconds. */
export const CIRCUIT_OPEN_MS: readonly number[] = [5_000, 7_500, 10_000];

const TRIES = 5;
const TRY_TIMEOUT_MS = 10_000;
/** How long a server counts as known after a good answer. */
const KNOWN_MS = 10 * 60_000;
/** Most limits of keys are per minute: after it, the next window begins. */
const KEY_PATIENCE_MS = 120_000;
const KEY_EVERY_MS = 5_000;

/** Sends calls to a Dokploy server's API, and reads their answers or throws a problem. */
export class Wire {
  readonly #http: JsonClient;
  readonly #settings: WireSettings;
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(settings: WireSettings) {
    const { name, url, apiKey, onCircuit, firstDelayMs, openMs = CIRCUIT_OPEN_MS } = settings;
    this.#settings = settings;
    this.#http = new JsonClient({
      name,
      baseUrl: `${url}/api`,
      headers: { "x-api-key": apiKey.reveal() },
      redirect: "manual",
      openMs,
      ...(onCircuit && { onCircuit }),
      ...(firstDelayMs !== undefined && { firstDelayMs }),
    });
  }

  read<T>(procedure: string, query: Query, shape: z.ZodType<T>, asking: Asking<T> = {}): Promise<T> {
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    const path = `/${procedure}${search.size > 0 ? `?${search}` : ""}`;
    return this.#ask(procedure, { method: "GET", path }, shape, asking);
  }

  /** A change that is safe to repeat. */
  change<T>(procedure: string, body: object, shape: z.ZodType<T>, asking: Asking<T> = {}): Promise<T> {
    return this.#ask(procedure, { method: "POST", path: `/${procedure}`, body }, shape, asking);
  }

  /** A change whose repetition would create a duplicate: sent once, so that the caller knows when an answer was lost. */
  changeOnce<T>(procedure: string, body: object, shape: z.ZodType<T>, asking: Asking<T> = {}): Promise<T> {
    return this.#ask(procedure, { method: "POST", path: `/${procedure}`, body, once: true }, shape, asking);
  }

  async #ask<T>(
    procedure: string,
    call: Pick<Call, "method" | "path" | "body" | "once">,
    shape: z.ZodType<T>,
    asking: Asking<T>,
  ): Promise<T> {
    const { answer, isKnown } = await this.#answerTo(procedure, call, asking);
    const error = serverErrorIn(answer);
    const meant = error ? asking.errorAs?.(error) : undefined;
    if (meant !== undefined) return meant;
    if (answer.status !== 200) throw refusalOf({ procedure, isKnown }, answer);
    const read = answer.form === "other" ? null : shape.safeParse(answer.form === "empty" ? null : answer.body);
    if (!read?.success) {
      const code = read ? "platform-unsupported" : foreign(isKnown);
      throw new Problem(code, { detail: `${procedure}: not the answer of a Dokploy server` });
    }
    this.#answeredAt = performance.now();
    return read.data;
  }

  /**
   * A key over its rate limit is refused like a wrong one. A key that worked a moment ago is treated as limited: the call
   * had no effect, and is sent again until the window of the limit is over. Only callers with a signal wait; a page gets
   * the error immediately.
   */
  async #answerTo<T>(procedure: string, call: Pick<Call, "method" | "path" | "body" | "once">, asking: Asking<T>) {
    const { keyPatienceMs = KEY_PATIENCE_MS, keyEveryMs = KEY_EVERY_MS, name } = this.#settings;
    const startedMs = performance.now();
    for (let waits = 0; ; waits += 1) {
      const isKnown = startedMs - this.#answeredAt < KNOWN_MS;
      const answer = await this.#http.call(this.#callFor(call, asking)).catch((error: unknown) => {
        asking.signal?.throwIfAborted();
        throw new Problem(silence(isKnown), { detail: `${procedure}: ${reasonOf(error)}`, cause: error });
      });
      const mayBeLimited = isKnown && asking.signal !== undefined && isKeyRefused(answer);
      if (!mayBeLimited || performance.now() - startedMs >= keyPatienceMs) return { answer, isKnown };
      if (waits === 0) log.warn({ service: name, procedure }, "a key that worked is refused: it may be over its limit");
      await sleep(keyEveryMs, undefined, { signal: asking.signal });
    }
  }

  #callFor<T>(
    call: Pick<Call, "method" | "path" | "body" | "once">,
    { signal, timeoutMs = TRY_TIMEOUT_MS, errorAs }: Asking<T>,
  ): Call {
    const verdictOf = (answer: JsonAnswer): Verdict => {
      const error = serverErrorIn(answer);
      if (error && errorAs?.(error) !== undefined) return "answer";
      // An error in the server's own format, whatever its status, shows that the server works.
      if (error) return answer.status >= 500 ? "again" : "answer";
      return answer.status >= 500 || answer.status === 429 ? "ill" : "answer";
    };
    const limits = {
      tries: call.once ? 1 : (this.#settings.tries ?? TRIES),
      timeoutMs: this.#settings.timeoutMs ?? timeoutMs,
    };
    return { ...call, ...limits, verdictOf, ...(signal && { signal }) };
  }
}

/** "ECONNREFUSED", or "no answer in time". */
function reasonOf(error: unknown): string {
  if (isBrokenCircuitError(error)) return "it failed several times in a row, and is left alone for a while";
  if (!(error instanceof Error)) return "no answer";
  if (error.name === "TimeoutError") return "no answer in time";
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === "string" && /^[A-Z0-9_]{3,60}$/.test(code) ? code : "no answer";
}

/*
 * The meaning of answers that are no success. The server's own text is never passed on: its `message` may be SQL with the
 * values that were sent. The detail of a problem has only parts that cannot contain a secret: the call, the status, the
 * code, and the paths and codes of validation issues.
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
  /** Did the server give a good answer recently? */
  isKnown: boolean;
}

/** An error in the server's own format, not a proxy's. */
export interface ServerError {
  status: number;
  /** May be SQL with the values that were sent: it is compared, and never shown. */
  message: string;
}

/** Null for a success, and for an error of a proxy in front of the server. */
export function serverErrorIn({ status, form, body }: JsonAnswer): ServerError | null {
  if (status < 400 || form !== "json") return null;
  const error = ErrorBody.safeParse(body).data;
  return error?.code === undefined ? null : { status, message: error.message };
}

/** The server answers a wrong key, a deleted key and a key over its limit in the same way. */
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

/** The message of the only 404 that means that the call itself does not exist. */
const NO_SUCH_CALL = "Not found";
/** Some calls answer every error with 400, and only the text shows that permissions are missing. */
const IS_ABOUT_RIGHTS = /unauthori[sz]ed|not authori[sz]ed|not allowed|don't have (access|permission)/i;

/** The server's own answers that are not JSON. */
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

/** The server gave no answer: it is lost if it answered recently, else unreachable. */
export function silence(isKnown: boolean): ProblemCode {
  return isKnown ? "platform-lost" : "platform-unreachable";
}

/** Something else answered: a proxy's page if the server answered recently, else it is no Dokploy server. */
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
