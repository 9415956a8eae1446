import type { RouteHandler } from "./definition";

export interface TestCall {
  method?: string;
  path?: string;
  params?: Record<string, string>;
  headers?: Record<string, string>;
  body?: unknown;
  /** Sent unchanged, instead of `body`. */
  text?: string;
  /** Sent as multipart/form-data, instead of `body`. */
  form?: FormData;
}

/** Calls a route as Next does, and parses its response. */
export async function call(
  handler: RouteHandler,
  { method = "GET", path = "/api/test", params = {}, ...sent }: TestCall = {},
) {
  const text = sent.text ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
  const headers = { ...(text === undefined ? {} : { "content-type": "application/json" }), ...sent.headers };
  const request = new Request(`http://localhost${path}`, { method, headers, body: sent.form ?? text });
  const response = await handler(request, { params: Promise.resolve(params) });
  const answered = await response.clone().text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text: answered,
    body: isJson ? JSON.parse(answered) : undefined,
    response,
  };
}
