import type * as z from "zod";
import { ApiProblem, readProblem } from "./api-problem";

type Query = Record<string, string | number | boolean | null | undefined>;

interface Call {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  body?: unknown;
  query?: Query;
  signal?: AbortSignal;
  idempotencyKey?: string;
}

/** The browser's way to our own API: paths are below /api, answers are checked, failures are `ApiProblem`. */
export const api = {
  get: <T extends z.ZodType>(path: string, answer: T, options: Pick<Call, "query" | "signal"> = {}) =>
    call(path, answer, { method: "GET", ...options }),
  post: <T extends z.ZodType>(path: string, answer: T, body?: unknown, options: Pick<Call, "idempotencyKey"> = {}) =>
    call(path, answer, { method: "POST", body, ...options }),
  patch: <T extends z.ZodType>(path: string, answer: T, body: unknown) => call(path, answer, { method: "PATCH", body }),
  put: <T extends z.ZodType>(path: string, answer: T, body: unknown) => call(path, answer, { method: "PUT", body }),
  /** `z.undefined()` for a route that answers nothing. */
  delete: <T extends z.ZodType>(path: string, answer: T) => call(path, answer, { method: "DELETE" }),
};

async function call<T extends z.ZodType>(path: string, answer: T, options: Call): Promise<z.infer<T>> {
  const response = await send(path, options);
  const body: unknown = response.status === 204 ? undefined : await response.json();
  const parsed = answer.safeParse(body);
  if (!parsed.success) throw new ApiProblem("unexpected", response.status, { cause: parsed.error });
  return parsed.data;
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

/** `?state=failed&limit=25`, without what is not set; empty when nothing is. */
export function toSearch(query: Query = {}): string {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return set.length === 0 ? "" : `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`;
}
