import { randomUUID } from "node:crypto";
import { NextRequest } from "next/server";
import { encode } from "next-auth/jwt";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { authSecret } from "@/lib/auth/secret";
import { makeSessionToken, readSessionToken, sessionCookieName } from "@/lib/auth/session-token";
import { config, proxy } from "@/proxy";

const user = { id: randomUUID(), sessionVersion: 3 };
beforeAll(() => {
  process.env.DATABASE_URL = "postgresql://nowhere/none";
  process.env.LANDFALL_SECRET_KEY = "ab".repeat(32);
});
afterEach(() => {
  vi.useRealTimers();
});

async function page(path: string, cookie?: string, headers: Record<string, string> = {}) {
  const sent = cookie === undefined ? headers : { ...headers, cookie: `${sessionCookieName()}=${cookie}` };
  return proxy(new NextRequest(`http://localhost:3000${path}`, { headers: sent }));
}
const redirectOf = (response: Response) => response.headers.get("location")?.replace("http://localhost:3000", "");

test("a page needs a session, and signing in leads back to it", async () => {
  expect(redirectOf(await page("/services?owner=me"))).toBe("/sign-in?next=%2Fservices%3Fowner%3Dme");
  expect(redirectOf(await page("/"))).toBe("/sign-in");
  expect(redirectOf(await page("/services", "forged"))).toBe("/sign-in?next=%2Fservices");
  expect(redirectOf(await page("/services", await makeSessionToken(user)))).toBeUndefined();
  expect(redirectOf(await page("/sign-in"))).toBeUndefined();
  expect(redirectOf(await page("/sign-in-not"))).toBe("/sign-in?next=%2Fsign-in-not");
});

test("a session that ended is none", async () => {
  const token = await encode({ token: { sub: user.id, sessionVersion: 1 }, secret: authSecret(), maxAge: -60 });
  expect(redirectOf(await page("/services", token))).toBe("/sign-in?next=%2Fservices");
});

test("a session that is used goes on, and is the same session", async () => {
  const cookie = await makeSessionToken(user);
  expect((await page("/", cookie)).cookies.get(sessionCookieName())).toBeUndefined();
  vi.useFakeTimers({ now: Date.now() + 31 * 60_000, toFake: ["Date"] });
  const renewed = (await page("/", cookie)).cookies.get(sessionCookieName());
  expect(renewed).toMatchObject({ httpOnly: true, sameSite: "lax", maxAge: 12 * 60 * 60 });
  expect(await readSessionToken(renewed?.value)).toMatchObject({ sub: user.id, sessionVersion: 3 });
});

test("every page may run its own scripts only, and Next is told their nonce", async () => {
  const [one, other] = [await page("/sign-in"), await page("/sign-in")];
  const policy = one.headers.get("content-security-policy") ?? "";
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
  expect(policy).toContain(`script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe-eval");
  expect(other.headers.get("content-security-policy")).not.toContain(nonce ?? "");
  expect(one.headers.get("x-middleware-request-content-security-policy")).toBe(policy);
});

test("the other headers are there on pages and on the way to signing in", async () => {
  for (const response of [await page("/sign-in"), await page("/services")]) {
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("referrer-policy")).toBe("same-origin");
    expect(response.headers.get("permissions-policy")).toContain("camera=()");
    expect(response.headers.has("strict-transport-security")).toBe(false);
  }
  const overTls = await page("/sign-in", undefined, { "x-forwarded-proto": "https" });
  expect(overTls.headers.get("strict-transport-security")).toContain("max-age=");
});

test.each([
  ["/", true],
  ["/services/web", true],
  ["/deployments", true],
  ["/deployments/1", true],
  ["/healthy", true],
  ["/api/services", false],
  ["/deploy", false],
  ["/deploy/1/rollback", false],
  ["/health", false],
  ["/capabilities", false],
  ["/_next/static/chunk.js", false],
  ["/icon.svg", false],
])("%s goes through it: %s", (path, expected) => {
  const [matcher = ""] = config.matcher;
  expect(new RegExp(`^${matcher}$`).test(path)).toBe(expected);
});
