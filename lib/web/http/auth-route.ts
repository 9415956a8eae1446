import { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { Problem } from "@/lib/contracts/problem";
import { log, withLogContext } from "@/lib/platform/log";
import { authOptions } from "@/lib/web/auth/auth-options";
import type { NextRouteContext } from "./definition";
import { asProblem, problemResponse } from "./problem";
import { parseJson, readText } from "./read-request";
import { requestIdOf } from "./request-id";
import { sentencesFor } from "./sentences";

/**
 * next-auth's handler with the common parts of every route: a limit on the body, problem+json for unreadable input, a
 * request id. It has its own same-origin check, a token in each form.
 */
export async function authRoute(request: NextRequest, context: NextRouteContext): Promise<Response> {
  const requestId = requestIdOf(request);
  const response = await withLogContext({ requestId }, () =>
    answer(request, context).catch((error) => failed(error, request, requestId)),
  );
  response.headers.set("x-request-id", requestId);
  response.headers.set("cache-control", "no-store");
  return response;
}

async function answer(request: NextRequest, context: NextRouteContext): Promise<Response> {
  const { nextUrl: url, method, headers } = request;
  refuse(request);
  const options = authOptions(headers);
  const body = method === "POST" ? await readForm(request) : undefined;
  const formHeaders = new Headers(headers);
  if (body !== undefined) formHeaders.set("content-type", "application/x-www-form-urlencoded");
  // NextAuth is typed as any; it returns a Response.
  const answered: unknown = await NextAuth(
    new NextRequest(url, { method, headers: formHeaders, body }),
    asAuthContext(context),
    options,
  );
  if (!(answered instanceof Response)) throw new TypeError("next-auth answered something that is not a response");
  return new Response(answered.body, answered);
}

/** Refuses what next-auth itself would answer with 500, as if the server were misconfigured. */
function refuse({ nextUrl, method, cookies }: NextRequest): void {
  // next-auth's route that lets a browser write to our log.
  if (nextUrl.pathname.endsWith("/_log")) throw new Problem("not-found");
  if (method === "GET" && nextUrl.pathname.endsWith("/callback/credentials"))
    throw new Problem("method-not-allowed", { params: { allow: "POST" } });
  const addresses = [
    { path: ["callbackUrl"], value: nextUrl.searchParams.get("callbackUrl") },
    ...cookies
      .getAll()
      .filter(({ name }) => name.endsWith("next-auth.callback-url"))
      .map(({ name, value }) => ({ path: ["cookie", name], value })),
  ];
  const wrong = addresses.filter(({ value }) => value && !isWebAddress(value));
  if (wrong.length === 0) return;
  throw new Problem("invalid-request", {
    fields: wrong.map(({ path }) => ({ path, code: "not-a-url", message: "not-a-url" })),
  });
}

function isWebAddress(address: string): boolean {
  const base = address.startsWith("/") ? "http://localhost" : undefined;
  return URL.canParse(address, base) && /^https?:$/.test(new URL(address, base).protocol);
}

function asAuthContext({ params }: NextRouteContext): { params: Promise<{ nextauth: string[] }> } {
  return { params: params.then(({ nextauth }) => ({ nextauth: [nextauth ?? []].flat() })) };
}

/** Converts a form or JSON of text fields to a form: next-auth itself fails on JSON that is not an object. */
async function readForm(request: Request): Promise<string> {
  const text = await readText(request);
  if (!request.headers.get("content-type")?.startsWith("application/json")) return text;
  const fields: unknown = parseJson(text);
  const entries = typeof fields === "object" && fields !== null ? Object.entries(fields) : [];
  return new URLSearchParams(
    entries.map(([name, value]) => [name.toWellFormed(), String(value).toWellFormed()]),
  ).toString();
}

async function failed(error: unknown, request: Request, requestId: string): Promise<Response> {
  const problem = asProblem(error);
  if (problem.code === "internal") log.error({ err: problem }, "sign-in");
  return problemResponse(problem, { sentences: await sentencesFor(request), requestId });
}
