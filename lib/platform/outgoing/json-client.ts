import { setTimeout as sleep } from "node:timers/promises";
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen, IterableBackoff } from "cockatiel";
import { log } from "@/lib/platform/log";

const FAILURES_TO_OPEN = 5;
const OPEN_MS = 60_000;
const TOO_BUSY = 429;
/** Tries for an error that a healthy server reports: more would give the same answer. */
const TRIES_AGAIN = 3;

export type Circuit = "closed" | "open" | "half-open";

export interface JsonClientSettings {
  /** For the log and the health page. */
  name: string;
  baseUrl: string;
  /** Bearer token. */
  token?: string;
  headers?: Record<string, string>;
  /** `manual` when a header holds a secret that another host must not see. */
  redirect?: RequestRedirect;
  /** How long the circuit stays open before each trial in a row; the last value repeats. */
  openMs?: readonly number[];
  /** The delay before the first retry, which then doubles; 1 s when absent. */
  firstDelayMs?: number;
  onCircuit?: (circuit: Circuit) => void;
}

export interface Call {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  body?: unknown;
  tries: number;
  /** Not safe to repeat: retried only when the server was too busy to process it (429). */
  once?: boolean;
  /** What an answer means for the server's health; judged by its status when absent. */
  verdictOf?: (answer: JsonAnswer) => Verdict;
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * `answer`: returned to the caller, whatever its status. `again`: the server is healthy, and a retry may succeed.
 * `ill`: retried too, and counted as a failure of the server.
 */
export type Verdict = "answer" | "again" | "ill";

export interface JsonAnswer {
  status: number;
  /** Null when the body is not JSON. */
  body: unknown;
  /** `empty`: a body of no bytes. `other`: a proxy's error page. */
  form: "json" | "empty" | "other";
  retryAfter: string | null;
}

/**
 * The client of every other service (design 9): a timeout per try, retries where they can help, and one circuit
 * breaker. A response is returned whatever its status. The call rejects only without a response.
 */
export class JsonClient {
  readonly #settings: JsonClientSettings;
  readonly #breaker;

  constructor(settings: JsonClientSettings) {
    this.#settings = settings;
    this.#breaker = circuitBreaker(
      handleWhen((error) => this.circuit === "half-open" || isNoAnswer(error)).orWhenResult(
        (taken) => (taken as Taken).verdict === "ill",
      ),
      {
        breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
        halfOpenAfter: new IterableBackoff(settings.openMs ?? [OPEN_MS]),
      },
    );
    this.#breaker.onStateChange(() => {
      log.warn({ service: settings.name, circuit: this.circuit }, "circuit changed");
      settings.onCircuit?.(this.circuit);
    });
  }

  get circuit(): Circuit {
    if (this.#breaker.state === CircuitState.HalfOpen) return "half-open";
    return this.#breaker.state === CircuitState.Closed ? "closed" : "open";
  }

  async call(call: Call): Promise<JsonAnswer> {
    for (let tries = 1; ; tries++) {
      const isLast = (taken?: Taken) =>
        tries >= (taken?.verdict === "again" ? Math.min(call.tries, TRIES_AGAIN) : call.tries) ||
        (call.once && taken?.answer.status !== TOO_BUSY) ||
        this.circuit === "open" ||
        (call.signal?.aborted ?? false);
      const taken = await this.#tryOnce(call).catch((error: unknown) => {
        if (isLast()) throw error;
        return null;
      });
      if (taken && (taken.verdict === "answer" || isLast(taken))) return taken.answer;
      const { firstDelayMs } = this.#settings;
      const delayMs = backoffMs(tries, taken?.answer.retryAfter ?? null, { ...(firstDelayMs && { firstDelayMs }) });
      await sleep(delayMs, undefined, { signal: call.signal });
    }
  }

  async #tryOnce(call: Call): Promise<Taken> {
    const startedMs = performance.now();
    const told = { service: this.#settings.name, action: `${call.method} ${call.path}` };
    const elapsedMs = () => Math.round(performance.now() - startedMs);
    try {
      const taken = await this.#breaker.execute(async () => {
        const answer = await this.#fetch(call);
        return { answer, verdict: (call.verdictOf ?? byStatus)(answer) };
      });
      log.info({ ...told, status: taken.answer.status, durationMs: elapsedMs() }, "called");
      return taken;
    } catch (error) {
      log.warn({ ...told, error, durationMs: elapsedMs() }, "no answer");
      throw error;
    }
  }

  async #fetch({ method, path, body, timeoutMs, signal }: Call): Promise<JsonAnswer> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const { baseUrl, token, headers, redirect } = this.#settings;
    const response = await fetch(`${baseUrl.replace(/\/+$/, "")}${path}`, {
      method,
      headers: {
        accept: "application/json",
        ...headers,
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      redirect,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    return {
      status: response.status,
      ...parsed(await response.text()),
      retryAfter: response.headers.get("retry-after"),
    };
  }
}

interface Taken {
  answer: JsonAnswer;
  verdict: Verdict;
}

function byStatus({ status }: JsonAnswer): Verdict {
  return isWorthRepeating(status) ? "ill" : "answer";
}

/** Otherwise the caller aborted, which says nothing about the server. */
function isNoAnswer(error: Error): boolean {
  return error instanceof TypeError || error.name === "TimeoutError";
}

function parsed(text: string): Pick<JsonAnswer, "body" | "form"> {
  if (text === "") return { body: null, form: "empty" };
  try {
    return { body: JSON.parse(text), form: "json" };
  } catch {
    // The caller's schema then refuses it.
    return { body: null, form: "other" };
  }
}

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 16_000;
/** A server may ask for a longer delay than ours, up to this one. */
const LONGEST_ASKED_MS = 60_000;

/** A retry may succeed: the server fails or is busy. Every other 4xx is final. */
export function isWorthRepeating(status: number): boolean {
  return status >= 500 || status === 429;
}

/**
 * The delay after this many tries: 1, 2, 4, 8, 16 s with the default first delay, each randomised over its upper half
 * so that clients do not retry together. The server's Retry-After takes precedence.
 */
export function backoffMs(
  tries: number,
  retryAfter: string | null,
  { firstDelayMs = FIRST_DELAY_MS, random = Math.random } = {},
): number {
  const asked = retryAfterMs(retryAfter);
  if (asked !== null) return Math.min(asked, LONGEST_ASKED_MS);
  const delayMs = Math.min(firstDelayMs * 2 ** (tries - 1), LONGEST_DELAY_MS);
  return Math.round(delayMs * (0.5 + random() / 2));
}

/** Seconds or an HTTP date. */
function retryAfterMs(value: string | null): number | null {
  if (value === null) return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
