import type * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { withAskedHost } from "@/lib/platform/asked-host";
import { env } from "@/lib/platform/env";
import { log, withLogContext } from "@/lib/platform/log";
import { traced } from "@/lib/platform/tracing";
import { clientAddress } from "@/lib/web/auth/client-address";
import { callerOf } from "@/lib/web/auth/current-user";
import { limitRate, limitRequests } from "@/lib/web/auth/rate-limit";
import {
  Answer,
  type Answered,
  type AnyDefinition,
  type NextRouteContext,
  type RouteContext,
  type RouteDefinition,
  type RouteHandler,
} from "./definition";
import { asProblem, problemResponse } from "./problem";
import { readRequest } from "./read-request";
import { readerOf, type SubjectCheck } from "./reader";
import { countRequest, routeOf } from "./request-counts";
import { requestIdOf } from "./request-id";
import { sentencesFor } from "./sentences";

/**
 * Creates every route handler under app/api: authenticate, authorize, validate, one call, respond. Deny by default: a
 * definition names a permission, or is `public`. Every error becomes problem+json.
 */
export function route<
  Params = undefined,
  Query = undefined,
  Body = undefined,
  Result extends z.ZodType | undefined = undefined,
  Public extends true | undefined = undefined,
>(
  definition: RouteDefinition<Params, Query, Body, Result> & { public?: Public },
  handler: (
    context: RouteContext<Public extends true ? null : Actor, Params, Query, Body>,
  ) => Promise<Answered<Result>>,
): RouteHandler {
  const described: AnyDefinition = definition;
  const handle = (request: Request, context: NextRouteContext): Promise<Response> => {
    const requestId = requestIdOf(request);
    const call: Call = { request, requestId, actor: null, locale: null };
    const answered = () =>
      answerTo(call, context, described, handler as Handler).catch((error) => failed(error, call, described));
    return withLogContext({ requestId }, () => withAskedHost(request, () => observed(call, context, answered)));
  };
  return Object.assign(handle, { definition: described });
}

/** Adds the common headers to a response, counts and logs it, and records its span. */
async function observed(call: Call, context: NextRouteContext, answered: () => Promise<Response>): Promise<Response> {
  const startedMs = performance.now();
  const { method, headers, url } = call.request;
  // Next passes no params to a route without parameters, despite its types.
  const route = routeOf(new URL(url).pathname, (await context.params) ?? {});
  const attributes = { "http.request.method": method, "http.route": route, "landfall.request_id": call.requestId };
  const options = { kind: "server", attributes, traceparent: headers.get("traceparent") } as const;
  return traced(`${method} ${route}`, options, async (span) => {
    const response = await answered();
    const { status } = response;
    response.headers.set("x-request-id", call.requestId);
    response.headers.set("x-content-type-options", "nosniff");
    if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
    span.set({ "http.response.status_code": status });
    if (status >= 500) span.fail(`answered ${status}`);
    countRequest({ method, route, status, startedMs });
    logAnswer(call, status, performance.now() - startedMs);
    return response;
  });
}

/** What is known about a request so far, also for the response to an error. */
interface Call {
  request: Request;
  requestId: string;
  actor: Actor | null;
  locale: string | null;
}

/** Any handler: it is called with what its own schemas parsed. */
type Handler = (context: RouteContext<never, never, never, never>) => Promise<unknown>;

async function answerTo(
  call: Call,
  context: NextRouteContext,
  definition: AnyDefinition,
  handler: Handler,
): Promise<Response> {
  if (!definition.public) await identify(call, definition);
  if (call.actor?.id) await limitRequests(call.actor.id);
  if (definition.rateLimit)
    await limitRate(definition.rateLimit, call.actor?.id ?? clientAddress(call.request.headers));
  if (!definition.public) authorize(signedIn(call), definition.permission);
  const sentences = await sentencesFor(call.request, call.locale);
  const { actor, request, requestId } = call;
  const input = await readRequest(request, context, definition, { sentences, actor });
  const reader = (subject?: SubjectCheck) => {
    if (definition.public) throw new Error("what anyone may read has no reader to ask again");
    return readerOf(request, signedIn(call), definition.permission, subject);
  };
  const answered = await handler({ ...input, actor, request, requestId, reader, sentences } as never);
  return toResponse(answered, definition);
}

async function identify(call: Call, { tokensOnly }: AnyDefinition): Promise<void> {
  if (tokensOnly && isFromBrowser(call.request)) requireSameOrigin(call.request);
  const caller = await callerOf(call.request);
  if (!caller || (tokensOnly && caller.via !== "token")) throw new Problem("unauthenticated");
  call.actor = { ...caller.actor, requestId: call.requestId };
  if (caller.via === "token") return; // a program names its language in each request
  call.locale = caller.locale;
  requireSameOrigin(call.request);
}

/** Programs send neither of these headers; a browser sends at least one of them with a POST. */
function isFromBrowser({ headers }: Request): boolean {
  return headers.has("origin") || headers.has("sec-fetch-site");
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * A browser sends our cookie with requests that any site triggers, so a change by cookie must come from our own pages.
 * Every recent browser reports a request's origin; a request without one is refused.
 */
function requireSameOrigin(request: Request): void {
  if (SAFE_METHODS.has(request.method)) return;
  const site = request.headers.get("sec-fetch-site");
  if (site !== null ? site === "same-origin" : isOurs(request.headers.get("origin"), request)) return;
  throw new Problem("cross-origin");
}

function isOurs(origin: string | null, request: Request): boolean {
  if (origin === null || !URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  if (env.NEXTAUTH_URL && host === new URL(env.NEXTAUTH_URL).host) return true;
  return host === request.headers.get("host");
}

function signedIn({ actor }: Call): Actor {
  if (!actor) throw new Problem("unauthenticated");
  return actor;
}

function toResponse(answered: unknown, definition: AnyDefinition): Response {
  if (answered instanceof Response) return answered;
  const { body, init } = answered instanceof Answer ? answered : { body: answered, init: {} };
  const status = init.status ?? definition.status ?? (definition.response ? 200 : 204);
  if (body === undefined) return new Response(null, { ...init, status });
  return Response.json(definition.response ? checked(body, definition) : body, { ...init, status });
}

/** A response that violates its schema is our bug: an error in development, else logged and sent unchanged. */
function checked(body: unknown, { response, summary }: AnyDefinition): unknown {
  const result = response?.safeParse(body);
  if (!result || result.success) return result?.data;
  if (env.NODE_ENV !== "production") throw result.error;
  log.error({ err: result.error, route: summary }, "an answer does not match its schema");
  return body;
}

async function failed(error: unknown, call: Call, definition: AnyDefinition): Promise<Response> {
  const problem = asProblem(error);
  if (problem.code === "internal" || problem.code === "database-unavailable") {
    log.error({ err: problem, path: new URL(call.request.url).pathname }, problem.code);
  }
  const { statuses } = definition;
  return problemResponse(problem, {
    sentences: await sentencesFor(call.request, call.locale),
    requestId: call.requestId,
    statuses,
  });
}

function logAnswer({ request, actor }: Call, status: number, durationMs: number): void {
  const level = request.method === "GET" ? "debug" : "info";
  const { pathname } = new URL(request.url);
  const took = Math.round(durationMs);
  log[level]({ method: request.method, path: pathname, status, durationMs: took, actor: actor?.id }, "request");
}
