import { setTimeout as sleep } from "node:timers/promises";
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from "cockatiel";
import { log } from "@/lib/log";
import { backoffMs, isWorthRepeating } from "./retry";

const FAILURES_TO_OPEN = 5;
const OPEN_MS = 60_000;
const TOO_BUSY = 429;

export type Circuit = "closed" | "open" | "half-open";

export interface JsonClientSettings {
  /** For the log and the health page. */
  name: string;
  baseUrl: string;
  /** Bearer token. */
  token?: string;
  headers?: Record<string, string>;
  /** `manual` where a header is a secret that another host must not see. */
  redirect?: RequestRedirect;
  openMs?: number;
  onCircuit?: (circuit: Circuit) => void;
}

export interface Call {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  body?: unknown;
  tries: number;
  /** A repeat is not safe: tried again only where the server was too busy to look (429). */
  once?: boolean;
  /** Statuses of 500 and more that are an answer here, neither repeated nor held against the server. */
  isAnswer?: (answer: JsonAnswer) => boolean;
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface JsonAnswer {
  status: number;
  /** Null when it is not JSON. */
  body: unknown;
  /** `empty`: no bytes at all. `other`: a proxy's error page. */
  form: "json" | "empty" | "other";
  retryAfter: string | null;
}

/**
 * How Landfall talks to another service (design 9): a time-out per try, tries again where that can help, and one
 * circuit breaker. An answer is a value whatever its status; it rejects only when there is none.
 */
export class JsonClient {
  readonly #settings: JsonClientSettings;
  readonly #breaker;

  constructor(settings: JsonClientSettings) {
    this.#settings = settings;
    this.#breaker = circuitBreaker(
      handleWhen((error) => this.circuit === "half-open" || isNoAnswer(error)).orWhenResult(
        (taken) => (taken as Taken).isIll,
      ),
      {
        breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
        halfOpenAfter: settings.openMs ?? OPEN_MS,
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
      const isLast = (status?: number) =>
        tries >= call.tries ||
        (call.once && status !== TOO_BUSY) ||
        this.circuit === "open" ||
        (call.signal?.aborted ?? false);
      const taken = await this.#tryOnce(call).catch((error: unknown) => {
        if (isLast()) throw error;
        return null;
      });
      if (taken && (!taken.isIll || isLast(taken.answer.status))) return taken.answer;
      await sleep(backoffMs(tries, taken?.answer.retryAfter ?? null), undefined, { signal: call.signal });
    }
  }

  async #tryOnce(call: Call): Promise<Taken> {
    const startedMs = performance.now();
    const told = { service: this.#settings.name, action: `${call.method} ${call.path}` };
    const elapsedMs = () => Math.round(performance.now() - startedMs);
    try {
      const taken = await this.#breaker.execute(async () => {
        const answer = await this.#fetch(call);
        return { answer, isIll: isWorthRepeating(answer.status) && !call.isAnswer?.(answer) };
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
  isIll: boolean;
}

/** Else whoever asked did not wait for the answer, which says nothing about the server. */
function isNoAnswer(error: Error): boolean {
  return error instanceof TypeError || error.name === "TimeoutError";
}

function parsed(text: string): Pick<JsonAnswer, "body" | "form"> {
  if (text === "") return { body: null, form: "empty" };
  try {
    return { body: JSON.parse(text), form: "json" };
  } catch {
    // Whoever asked sees that by the schema it expects.
    return { body: null, form: "other" };
  }
}
