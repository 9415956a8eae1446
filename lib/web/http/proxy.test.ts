import { NextRequest } from "next/server";
import { beforeAll, expect, test } from "vitest";
import { sessionCookieName } from "@/lib/web/auth/session-cookie";
import { config, proxy } from "@/proxy";

const COOKIE = "a".repeat(43);
beforeAll(() => {
  process.env.LANDFALL_TRUSTED_PROXIES = "10.0.0.0/8";
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
  expect(redirectOf(await page("/services", COOKIE))).toBeUndefined();
  expect(redirectOf(await page("/sign-in"))).toBeUndefined();
  expect(redirectOf(await page("/sign-in-not"))).toBe("/sign-in?next=%2Fsign-in-not");
});

test("a page learns its own address, whatever the client said by that name", async () => {
  const response = await page("/services?owner=me", COOKIE, { "x-landfall-page": "//evil.example" });
  expect(response.headers.get("x-middleware-request-x-landfall-page")).toBe("/services?owner=me");
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
  const said = { "x-forwarded-proto": "https" };
  const overTls = await page("/sign-in", undefined, { ...said, "x-landfall-peer": "10.0.0.7" });
  expect(overTls.headers.get("strict-transport-security")).toContain("max-age=");
  const claimed = await page("/sign-in", undefined, { ...said, "x-landfall-peer": "203.0.113.9" });
  expect(claimed.headers.has("strict-transport-security")).toBe(false);
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
  ["/cli", false],
  ["/clients", true],
  ["/capabilities", false],
  ["/state", false],
  ["/dependencies", false],
  ["/message", false],
  ["/messages", true],
  ["/_next/static/chunk.js", false],
  ["/icon.svg", false],
])("%s goes through it: %s", (path, expected) => {
  const [matcher = ""] = config.matcher;
  expect(new RegExp(`^${matcher}$`).test(path)).toBe(expected);
});

test.each<Record<string, string>>([{ authorization: "Bearer lf_x" }, { "x-api-key": "lf_x" }])(
  "a program with a token at an unknown address gets a problem, and no page to sign in at: %j",
  async (headers) => {
    const response = await page("/deployer/jobs", undefined, headers);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(await response.json()).toMatchObject({ code: "not-found", status: 404 });
  },
);
