import { authorize } from "@/lib/contracts/authorize";
import { type FieldError, Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { log } from "@/lib/platform/log";
import { asProblem, problemResponse } from "@/lib/web/http/problem";
import type { Sentences } from "@/lib/web/http/sentences";
import { smallAnswer, type ToolAnswer, toRefusal } from "./tool-answer";
import { type AgentTool, MOST_PAGE_ITEMS } from "./tools";

export interface AgentCaller {
  actor: Actor;
  /** The request that the call came with. */
  request: Request;
  requestId: string;
  sentences: Sentences;
}

type Arguments = Readonly<Record<string, unknown>>;

/**
 * Calls the operation's own route handler with a request of the caller: the token, the permission, the limits and the
 * audit are those of the HTTP API. What is refused is an answer that the agent can read, with the problem's code.
 */
export async function callTool(
  tools: readonly AgentTool[],
  name: string,
  given: Arguments,
  caller: AgentCaller,
): Promise<ToolAnswer> {
  try {
    const tool = tools.find((known) => known.name === name);
    if (!tool) throw new Problem("not-found");
    authorize(caller.actor, tool.permission);
    const window = checkArguments(tool, given);
    const params = valuesIn(tool, given, "params");
    await requireConfirmation(tool, params, given.confirm, caller.actor);
    const response = await tool.handler(requestOf(tool, params, given, caller), {
      params: Promise.resolve(mapValues(params, String)),
    });
    return response.ok ? await smallAnswer(response, window) : await toRefusal(response);
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code === "internal") log.error({ err: problem, tool: name }, "a tool failed");
    return toRefusal(problemResponse(problem, caller));
  }
}

/** Finds what the operation itself would not: unknown names, a missing part of the address, a place in a list. */
function checkArguments({ input, places, pages, defaults }: AgentTool, given: Arguments) {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(input.properties, name));
  const missing = input.required.filter((name) => places.get(name) === "params" && given[name] === undefined);
  // A list that is cut here is counted here; any other one is checked by its operation.
  const isCounted = pages === "by-offset";
  const [offset, limit] = [Number(given.cursor ?? 0), Number(given.limit ?? defaults.limit)];
  const fields = [
    ...unknown.map((name) => wrong(name, "unknown-field")),
    ...missing.map((name) => wrong(name, "required")),
    ...(isCounted && !isWithin(offset, 0, Number.MAX_SAFE_INTEGER) ? [wrong("cursor", "invalid")] : []),
    ...(isCounted && !isWithin(limit, 1, MOST_PAGE_ITEMS) ? [wrong("limit", "invalid")] : []),
  ];
  if (fields.length > 0) throw new Problem("invalid-request", { fields });
  return { pages, offset, limit };
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function wrong(name: string, code: string): FieldError {
  return { path: [name], code, message: code };
}

async function requireConfirmation(
  { confirm, handler }: AgentTool,
  params: Arguments,
  given: unknown,
  actor: Actor,
): Promise<void> {
  if (!confirm) return;
  const parsed = handler.definition.params?.safeParse(params);
  if (parsed?.success === false) throw new Problem("not-found");
  const name = await confirm(parsed?.data, actor);
  if (given !== name) throw new Problem("confirmation-required", { params: { name } });
}

function requestOf(tool: AgentTool, params: Arguments, given: Arguments, { request, requestId }: AgentCaller): Request {
  const url = new URL(request.url);
  url.pathname = tool.path.replaceAll(/\[(\w+)\]/g, (_, name: string) => encodeURIComponent(String(params[name])));
  url.search = String(new URLSearchParams(queryOf(tool, given)));
  const headers = new Headers(request.headers);
  for (const name of OF_THE_CALL) headers.delete(name);
  headers.set("x-request-id", requestId);
  const hasBody = tool.handler.definition.body !== undefined;
  if (hasBody) headers.set("content-type", "application/json");
  return new Request(url, {
    method: tool.method,
    headers,
    signal: request.signal,
    ...(hasBody && { body: JSON.stringify(valuesIn(tool, given, "body")) }),
  });
}

/** Headers of the call itself, not of its caller. A cookie is never a credential here. */
const OF_THE_CALL = [
  ...["accept", "content-encoding", "content-length", "content-type", "transfer-encoding"],
  ...["cookie", "idempotency-key", "traceparent", "tracestate"],
];

function queryOf(tool: AgentTool, given: Arguments): Record<string, string> {
  const { cursor, ...rest } = { ...tool.defaults, ...withoutNulls(given) };
  const named = tool.pages === "by-key" && cursor !== undefined ? { ...rest, after: cursor } : rest;
  return mapValues(valuesIn(tool, named, "query"), (value) =>
    typeof value === "object" ? JSON.stringify(value) : String(value),
  );
}

/** Some models write null for an argument that they leave out; a query has no null. */
function withoutNulls(given: Arguments): Arguments {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

function valuesIn({ places }: AgentTool, given: Arguments, place: string): Arguments {
  return Object.fromEntries(Object.entries(given).filter(([name]) => places.get(name) === place));
}

function mapValues<To>(values: Arguments, to: (value: unknown) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, to(value)]));
}
