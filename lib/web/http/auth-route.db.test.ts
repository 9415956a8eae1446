import { NextRequest } from "next/server";
import { expect, test } from "vitest";
import { authRoute } from "./auth-route";

/** For requests that never reach next-auth. The end-to-end tests cover its protocol. */
async function ask(path: string, init: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  const request = new NextRequest(`http://localhost:3000/api/auth/${path}`, init);
  const nextauth = path.split("?")[0]?.split("/") ?? [];
  const response = await authRoute(request, { params: Promise.resolve({ nextauth }) });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
const asJson = (body: string) => ({ method: "POST", headers: { "content-type": "application/json" }, body });

test.each([
  ["callback/credentials", {}, 405, "method-not-allowed"],
  ["_log", { method: "POST", body: "code=x" }, 404, "not-found"],
  ["session?callbackUrl=javascript:alert(1)", {}, 400, "invalid-request"],
  ["session?callbackUrl=http://[", {}, 400, "invalid-request"],
  ["session", { headers: { cookie: "next-auth.callback-url=::::" } }, 400, "invalid-request"],
  ["callback/credentials", asJson("{"), 400, "malformed-json"],
  ["callback/credentials", asJson(`"${"x".repeat(1024 * 1024)}"`), 413, "body-too-large"],
])("%s with %j is a problem", async (path, init, status, code) => {
  const { body, headers, ...answered } = await ask(path, init);
  expect([answered.status, body.code]).toEqual([status, code]);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("allow")).toBe(status === 405 ? "POST" : null);
  expect(headers.get("x-request-id")).toBe(body.requestId);
});
