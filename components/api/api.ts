import type * as z from "zod";
import type { Page } from "@/lib/contracts/page";
import type { ProblemCode } from "@/lib/contracts/problem";

type Query = Record<string, string | number | boolean | null | undefined>;

interface Call {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  body?: unknown;
  query?: Query;
  signal?: AbortSignal;
  idempotencyKey?: string;
}

type Answers = typeof import("./answers");
/** The name of a schema in answers.ts. */
export type AnswerName = { [Name in keyof Answers]: Answers[Name] extends z.ZodType ? Name : never }[keyof Answers];
export type Answer<Name extends AnswerName> = z.infer<Answers[Name]>;

/** Calls Landfall's own API from the browser: paths are below /api, answers are checked, failures are thrown as `ApiProblem`. */
export const api = {
  get: <N extends AnswerName>(path: string, answer: N, options: Pick<Call, "query" | "signal"> = {}) =>
    call(path, answer, { method: "GET", ...options }),
  /** One page of a list that pages by key; `item` is the schema of its items. */
  page: async <N extends AnswerName>(path: string, item: N, options: Pick<Call, "query" | "signal">) =>
    (await receive(path, { method: "GET", ...options }, (answers) => answers.pageOf(answers[item]))) as Page<Answer<N>>,
  post: <N extends AnswerName>(path: string, answer: N, body?: unknown, options: Pick<Call, "idempotencyKey"> = {}) =>
    call(path, answer, { method: "POST", body, ...options }),
  patch: <N extends AnswerName>(path: string, answer: N, body: unknown) =>
    call(path, answer, { method: "PATCH", body }),
  put: <N extends AnswerName>(path: string, answer: N, body: unknown) => call(path, answer, { method: "PUT", body }),
  delete: <N extends AnswerName>(path: string, answer: N) => call(path, answer, { method: "DELETE" }),
};

async function call<N extends AnswerName>(path: string, answer: N, options: Call): Promise<Answer<N>> {
  return (await receive(path, options, (answers) => answers[answer])) as Answer<N>;
}

async function receive(path: string, options: Call, shapeIn: (answers: Answers) => z.ZodType): Promise<unknown> {
  const response = await send(path, options);
  const body: unknown = response.status === 204 ? undefined : await response.json();
  return checkAnswer(body, response.status, shapeIn);
}

/** Returns an answer that fits the contract. Its schemas load with the first answer; without them none fits. */
export async function checkAnswer<T extends z.ZodType>(
  body: unknown,
  status: number,
  shapeIn: (answers: Answers) => T,
): Promise<z.infer<T>> {
  const answers = await import("./answers").catch((cause: unknown) => {
    throw new ApiProblem("unexpected", status, { cause });
  });
  const parsed = shapeIn(answers).safeParse(body);
  if (!parsed.success) throw new ApiProblem("unexpected", status, { cause: parsed.error });
  return parsed.data;
}

/** Reads problem+json as an error. Anything else (a proxy's error page) is thrown as `unexpected`. */
export async function readProblem(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => undefined);
  const { code, detail, cause, fields } = await checkAnswer(body, response.status, (answers) => answers.WireProblem);
  return new ApiProblem(code, response.status, { sentence: detail, machine: cause, fields });
}

async function send(path: string, { method, body, query, signal, idempotencyKey }: Call): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (idempotencyKey) headers["idempotency-key"] = idempotencyKey;
  const response = await fetch(`/api${path}${toSearch(query)}`, {
    method,
    headers,
    signal,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiProblem("offline", 0, { cause });
  });
  if (!response.ok) throw await readProblem(response);
  return response;
}

/** `?state=failed&limit=25`, without unset values; empty when none is set. */
export function toSearch(query: Query = {}): string {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return set.length === 0 ? "" : `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`;
}

/** `offline`: the server was not reached; `unexpected`: its answer is not in the contract. */
export type ApiProblemCode = ProblemCode | "offline" | "unexpected";
type ApiField = Answer<"WireProblem">["fields"][number];

interface Details {
  /** The problem as a sentence in the reader's language; only the server's own problems have one. */
  sentence?: string;
  /** The error output. */
  machine?: string;
  fields?: readonly ApiField[];
  cause?: unknown;
}

export class ApiProblem extends Error {
  readonly code: ApiProblemCode;
  readonly status: number;
  readonly sentence: string | undefined;
  readonly machine: string | undefined;
  readonly fields: readonly ApiField[];

  constructor(code: ApiProblemCode, status: number, { sentence, machine, fields = [], cause }: Details = {}) {
    super(sentence ?? code, { cause });
    this.name = "ApiProblem";
    this.code = code;
    this.status = status;
    this.sentence = sentence;
    this.machine = machine;
    this.fields = fields;
  }
}
