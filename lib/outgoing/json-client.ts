import { setTimeout as sleep } from "node:timers/promises";
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from "cockatiel";
import { log } from "@/lib/log";
import { backoffMs, isWorthRepeating } from "./retry";

const FAILURES_TO_OPEN = 5;
const OPEN_MS = 60_000;

export type Circuit = "closed" | "open" | "half-open";

export interface JsonClientSettings {
  /** For the log and the health page. */
  name: string;
  baseUrl: string;
  /** Bearer token. */
  token?: string;
  openMs?: number;
}

export interface Call {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  body?: unknown;
  /** More than one only where a repeat is safe. */
  tries: number;
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface JsonAnswer {
  status: number;
  /** Null when it is not JSON. */
  body: unknown;
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
      handleAll.orWhenResult((answer) => isIll(answer as JsonAnswer)),
      {
        breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
        halfOpenAfter: settings.openMs ?? OPEN_MS,
      },
    );
    this.#breaker.onStateChange(() => log.warn({ service: settings.name, circuit: this.circuit }, "circuit changed"));
  }

  get circuit(): Circuit {
    if (this.#breaker.state === CircuitState.HalfOpen) return "half-open";
    return this.#breaker.state === CircuitState.Closed ? "closed" : "open";
  }

  async call(call: Call): Promise<JsonAnswer> {
    for (let tries = 1; ; tries++) {
      const isLast = () => tries >= call.tries || this.circuit === "open" || call.signal?.aborted;
      const answer = await this.#tryOnce(call).catch((error: unknown) => {
        if (isLast()) throw error;
        return null;
      });
      if (answer && (!isIll(answer) || isLast())) return answer;
      await sleep(backoffMs(tries, answer?.retryAfter ?? null), undefined, { signal: call.signal });
    }
  }

  async #tryOnce(call: Call): Promise<JsonAnswer> {
    const startedMs = performance.now();
    const told = { service: this.#settings.name, action: `${call.method} ${call.path}` };
    const elapsedMs = () => Math.round(performance.now() - startedMs);
    try {
      const answer = await this.#breaker.execute(() => this.#fetch(call));
      log.info({ ...told, status: answer.status, durationMs: elapsedMs() }, "called");
      return answer;
    } catch (error) {
      log.warn({ ...told, error, durationMs: elapsedMs() }, "no answer");
      throw error;
    }
  }

  async #fetch({ method, path, body, timeoutMs, signal }: Call): Promise<JsonAnswer> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const { baseUrl, token } = this.#settings;
    const response = await fetch(`${baseUrl.replace(/\/+$/, "")}${path}`, {
      method,
      headers: {
        accept: "application/json",
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    return {
      status: response.status,
      body: parsed(await response.text()),
      retryAfter: response.headers.get("retry-after"),
    };
  }
}

function isIll({ status }: JsonAnswer): boolean {
  return isWorthRepeating(status);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's error page, or no body at all: whoever asked sees that by the schema it expects.
    return null;
  }
}
