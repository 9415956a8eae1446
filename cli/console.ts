import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { EXIT, Failure } from "./failure";
import type { Access } from "./settings";

/** How long a request is repeated while the console does not answer, for example because it is being updated. */
const RETRY_FOR_MS = 60_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;
/** Reading and checking an upload may take longer: it has no such limit. */
const ANSWER_WITHIN_MS = 120_000;

/** What the API answers for a failure (RFC 9457). Unknown codes are those of a newer console. */
const ProblemAnswer = z.object({
  code: z.string(),
  detail: z.string(),
  cause: z.string().optional(),
  fields: z.array(z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })).default([]),
});
type ProblemAnswer = z.infer<typeof ProblemAnswer>;

const TOKEN_REFUSED = "The token is wrong, expired or revoked: run landfall login, or set LANDFALL_TOKEN.";

/** The console refused a request, in its own words. */
export class Refusal extends Failure {
  constructor(
    readonly status: number,
    { detail, fields, cause }: Pick<ProblemAnswer, "detail" | "fields" | "cause">,
  ) {
    const wrong = fields
      .filter(({ message }) => message !== detail)
      .map(({ path, message }) => `${path.join(".")}: ${message}`);
    const lines = status === 401 ? [detail, TOKEN_REFUSED] : [detail, ...(cause ? [cause] : []), ...wrong];
    super(lines.join("\n"), status === 401 || status === 403 ? EXIT.access : EXIT.failed);
    this.name = "Refusal";
  }
}

interface Sent {
  /** Called for each attempt: a body that is a stream can be read once. */
  init: () => RequestInit;
  retryForMs?: number;
  answerWithinMs?: number;
}

/** The HTTP API of one console. Requests are repeated while it does not answer, and none of them takes effect twice. */
export class Console {
  readonly url: string;
  readonly #token: string;
  readonly #retryForMs: number;
  readonly #onWait: (sentence: string) => void;

  constructor(
    { url, token }: Access,
    { retryForMs = RETRY_FOR_MS, onWait = () => {} }: { retryForMs?: number; onWait?: (sentence: string) => void } = {},
  ) {
    this.url = url;
    this.#token = token;
    this.#retryForMs = retryForMs;
    this.#onWait = onWait;
  }

  async get<Shape extends z.ZodType>(path: string, shape: Shape): Promise<z.output<Shape>> {
    return this.#parsed(await this.#answer(path, { init: () => ({}) }), shape);
  }

  /** The key makes a repeat answer what the first request did. */
  async post<Shape extends z.ZodType>(path: string, shape: Shape, body: unknown): Promise<z.output<Shape>> {
    const headers = { "content-type": "application/json", "idempotency-key": randomUUID() };
    const init = () => ({ method: "POST", headers, body: JSON.stringify(body) });
    return this.#parsed(await this.#answer(path, { init }), shape);
  }

  async patch<Shape extends z.ZodType>(path: string, shape: Shape, body: unknown): Promise<z.output<Shape>> {
    const headers = { "content-type": "application/json" };
    const init = () => ({ method: "PATCH", headers, body: JSON.stringify(body) });
    return this.#parsed(await this.#answer(path, { init }), shape);
  }

  /** Sends a body that `init` creates anew for each attempt. */
  async send<Shape extends z.ZodType>(path: string, shape: Shape, init: () => RequestInit): Promise<z.output<Shape>> {
    return this.#parsed(await this.#answer(path, { init, answerWithinMs: Number.POSITIVE_INFINITY }), shape);
  }

  /** A response that is read as it arrives. */
  open(path: string, init: RequestInit = {}, retryForMs?: number): Promise<Response> {
    return this.#answer(path, {
      init: () => init,
      answerWithinMs: Number.POSITIVE_INFINITY,
      ...(retryForMs !== undefined && { retryForMs }),
    });
  }

  async #parsed<Shape extends z.ZodType>(response: Response, shape: Shape): Promise<z.output<Shape>> {
    const { data, error } = shape.safeParse(await response.json().catch(() => undefined));
    if (!error) return data;
    throw new Failure(
      `The console's answer is that of another version: download this program again from ${this.url}/cli.`,
      EXIT.failed,
      { cause: error },
    );
  }

  async #answer(path: string, sent: Sent): Promise<Response> {
    const endMs = Date.now() + (sent.retryForMs ?? this.#retryForMs);
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      const { response, failure, afterMs = waitMs } = await this.#attempt(path, sent);
      if (response) return response;
      if (afterMs === null || Date.now() + afterMs > endMs) throw failure;
      this.#onWait(`${failure.message.split("\n")[0]} Trying again…`);
      await wait(afterMs);
    }
  }

  /** `afterMs`: when to try again, if that can help; null when it cannot. */
  async #attempt(path: string, { init, answerWithinMs = ANSWER_WITHIN_MS }: Sent): Promise<Attempt> {
    const given = init();
    const headers = { ...given.headers, authorization: `Bearer ${this.#token}`, "accept-language": "en" };
    const limit = Number.isFinite(answerWithinMs) ? [AbortSignal.timeout(answerWithinMs)] : [];
    const signal = AbortSignal.any([...(given.signal ? [given.signal] : []), ...limit]);
    try {
      const response = await fetch(this.url + path, { ...given, headers, signal, redirect: "manual" });
      return response.ok ? { response } : await this.#refused(response);
    } catch (error) {
      if (given.signal?.aborted) throw error;
      return this.#unanswered(error);
    }
  }

  async #refused(response: Response): Promise<Attempt> {
    const { status, headers } = response;
    const location = headers.get("location");
    if (status >= 300 && status < 400 && location !== null) {
      const { origin } = new URL(location, this.url);
      return { failure: new Failure(`${this.url} leads to ${origin}: use that address.`, EXIT.usage), afterMs: null };
    }
    const { data: problem } = ProblemAnswer.safeParse(await response.json().catch(() => undefined));
    const failure = problem ? new Refusal(status, problem) : this.#notOurs(status);
    if (status === 429) return { failure, afterMs: Number(headers.get("retry-after") ?? 2) * 1_000 };
    // A proxy answers for a console that is starting; a problem of our own is final unless only the database is away.
    const isForAMoment = [502, 503, 504].includes(status) && (!problem || problem.code === "database-unavailable");
    return isForAMoment ? { failure } : { failure, afterMs: null };
  }

  #notOurs(status: number): Failure {
    if ([502, 503, 504].includes(status))
      return new Failure(`${this.url} is not available (${status}).`, EXIT.unreachable);
    return new Failure(`${this.url} answered ${status}, as no Landfall console does: check the address.`, EXIT.usage);
  }

  #unanswered(error: unknown): Attempt {
    const code = codeOf(error);
    const reason = REASONS.find(([codes]) => codes.test(code))?.[1];
    const sentence = `${this.url} does not answer${reason ? `: ${reason}` : ""} (${code}).`;
    const failure = new Failure(sentence, EXIT.unreachable, { cause: error });
    return PERMANENT.test(code) ? { failure, afterMs: null } : { failure };
  }
}

type Attempt =
  | { response: Response; failure?: never; afterMs?: never }
  | { response?: never; failure: Failure; afterMs?: number | null };

/** Wrong names and certificates do not get better within a minute. */
const PERMANENT = /CERT|SIGNED|TLS|SSL|VERIFY|ENOTFOUND|ERR_INVALID/;

const REASONS: readonly [RegExp, string][] = [
  [/CERT_HAS_EXPIRED/, "its certificate has expired"],
  [/ALTNAME/, "its certificate is for another name"],
  [
    /SIGNED|VERIFY|ISSUER/,
    "its certificate is not trusted here; NODE_EXTRA_CA_CERTS names a file of further authorities",
  ],
  [/SSL|EPROTO/, "it does not speak TLS there; is it an address with http://?"],
  [/ENOTFOUND|EAI_AGAIN/, "no address of that name was found"],
  [/ECONNREFUSED/, "nothing listens there"],
  [/TIMEOUT|TimeoutError|ETIMEDOUT/i, "it took too long"],
];

function codeOf(error: unknown): string {
  const { cause = error } = error as Error;
  const { code, name, errors } = cause as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
  return code ?? errors?.[0]?.code ?? name ?? "unknown";
}
