import { setTimeout as sleep } from "node:timers/promises";
import { isBrokenCircuitError } from "cockatiel";
import type * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { log } from "@/lib/platform/log";
import {
  type Call,
  type Circuit,
  type JsonAnswer,
  JsonClient,
  type Verdict,
} from "@/lib/platform/outgoing/json-client";
import type { Secret } from "@/lib/platform/secrets/secret";
import { foreign, isKeyRefused, refusalOf, type ServerError, serverErrorIn, silence } from "./refusal";

export interface WireSettings {
  /** For the log and the reader of a problem. */
  name: string;
  /** Without `/api`. */
  url: string;
  apiKey: Secret;
  onCircuit?: (circuit: Circuit) => void;
  openMs?: readonly number[];
  /** Before the second try of a call; one second when absent. */
  firstDelayMs?: number;
  /** Of what may be repeated; five when absent. */
  tries?: number;
  /** Of one try, whatever is asked; each call has its own when absent. */
  timeoutMs?: number;
  /** How long a key that worked may be refused before that is believed; two minutes when absent. */
  keyPatienceMs?: number;
  keyEveryMs?: number;
}

export type Query = Record<string, string | number>;

export interface Asking<T> {
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  /** What an error that the server words itself means to this call; undefined where it is an error to it too. */
  errorAs?: (error: ServerError) => T | undefined;
}

/** How long the circuit to a server stays open: a server that was restarted is back within seconds. */
export const CIRCUIT_OPEN_MS: readonly number[] = [5_000, 7_500, 10_000];

const TRIES = 5;
const TRY_TIMEOUT_MS = 10_000;
/** How long a server that answered well counts as being there. */
const KNOWN_MS = 10 * 60_000;
/** A key's limit is mostly one of a minute, and its window begins anew after that. */
const KEY_PATIENCE_MS = 120_000;
const KEY_EVERY_MS = 5_000;

/** One call of a Dokploy server's API and its answer, or the problem there was. */
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

  /** A change whose repeat changes nothing. */
  change<T>(procedure: string, body: object, shape: z.ZodType<T>, asking: Asking<T> = {}): Promise<T> {
    return this.#ask(procedure, { method: "POST", path: `/${procedure}`, body }, shape, asking);
  }

  /** A change whose repeat makes a second of it: asked for once, so that the caller knows that an answer was lost. */
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
   * A key that is over its limit is refused like a wrong one. One that worked a moment ago is taken for limited: nothing
   * was done, and the same is asked again until the window of its limit is over. Only a caller that can end the wait by a
   * signal waits: a page is told at once.
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
      // Its own words, whatever their status, say that it is well.
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
