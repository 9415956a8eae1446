import { isBrokenCircuitError } from "cockatiel";
import type * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { type Call, type Circuit, JsonClient } from "@/lib/outgoing/json-client";
import { foreign, refusalOf, silence } from "./refusal";

export interface WireSettings {
  /** For the log and the reader of a problem. */
  name: string;
  /** Without `/api`. */
  url: string;
  apiKey: string;
  onCircuit?: (circuit: Circuit) => void;
  openMs?: number;
  /** Of what may be repeated; five when absent. */
  tries?: number;
  /** Of one try, whatever is asked; each call has its own when absent. */
  timeoutMs?: number;
}

export type Query = Record<string, string | number>;

export interface Asking {
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  isAnswer?: Call["isAnswer"];
}

const TRIES = 5;
const TRY_TIMEOUT_MS = 10_000;
/** How long a server that answered well counts as being there. */
const KNOWN_MS = 10 * 60_000;

/** One call of a Dokploy server's API and its answer, or the problem there was. */
export class Wire {
  readonly #http: JsonClient;
  readonly #tries: number;
  readonly #timeoutMs: number | undefined;
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor({ name, url, apiKey, onCircuit, openMs, tries = TRIES, timeoutMs }: WireSettings) {
    this.#tries = tries;
    this.#timeoutMs = timeoutMs;
    this.#http = new JsonClient({
      name,
      baseUrl: `${url}/api`,
      headers: { "x-api-key": apiKey },
      redirect: "manual",
      ...(onCircuit && { onCircuit }),
      ...(openMs !== undefined && { openMs }),
    });
  }

  read<T>(procedure: string, query: Query, shape: z.ZodType<T>, asking: Asking = {}): Promise<T> {
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    const path = `/${procedure}${search.size > 0 ? `?${search}` : ""}`;
    return this.#ask(procedure, { method: "GET", path }, shape, asking);
  }

  /** A change whose repeat changes nothing. */
  change(procedure: string, body: object, shape: z.ZodType, asking: Asking = {}): Promise<unknown> {
    return this.#ask(procedure, { method: "POST", path: `/${procedure}`, body }, shape, asking);
  }

  /** A change whose repeat makes a second of it. */
  changeOnce<T>(procedure: string, body: object, shape: z.ZodType<T>, asking: Asking = {}): Promise<T> {
    return this.#ask(procedure, { method: "POST", path: `/${procedure}`, body, once: true }, shape, asking);
  }

  async #ask<T>(
    procedure: string,
    call: Pick<Call, "method" | "path" | "body" | "once">,
    shape: z.ZodType<T>,
    { signal, timeoutMs = TRY_TIMEOUT_MS, isAnswer }: Asking,
  ): Promise<T> {
    const isKnown = performance.now() - this.#answeredAt < KNOWN_MS;
    const limits = { tries: this.#tries, timeoutMs: this.#timeoutMs ?? timeoutMs };
    const asked = { ...call, ...limits, ...(signal && { signal }), ...(isAnswer && { isAnswer }) };
    const answer = await this.#http.call(asked).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw new Problem(silence(isKnown), { detail: `${procedure}: ${reasonOf(error)}`, cause: error });
    });
    if (answer.status !== 200) throw refusalOf({ procedure, isKnown }, answer);
    const read = answer.form === "other" ? null : shape.safeParse(answer.form === "empty" ? null : answer.body);
    if (!read?.success) {
      const code = read ? "platform-unsupported" : foreign(isKnown);
      throw new Problem(code, { detail: `${procedure}: not the answer of a Dokploy server` });
    }
    this.#answeredAt = performance.now();
    return read.data;
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
