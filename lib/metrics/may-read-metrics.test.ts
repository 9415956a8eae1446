import { afterEach, expect, test, vi } from "vitest";

const TOKEN = "a-long-enough-token";
afterEach(() => {
  vi.unstubAllEnvs();
});

/** The environment is read once, so each test has modules of its own. */
async function mayRead(headers: Record<string, string>, token?: string): Promise<boolean> {
  if (token) vi.stubEnv("METRICS_TOKEN", token);
  vi.resetModules();
  const { mayReadMetrics } = await import("./may-read-metrics");
  return mayReadMetrics(new Headers(headers));
}

test.each(["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])("without a token %s is this machine", async (peer) => {
  expect(await mayRead({ "x-landfall-peer": peer, "x-forwarded-for": peer })).toBe(true);
});

test.each([
  ["a stranger", { "x-landfall-peer": "203.0.113.9", "x-forwarded-for": "203.0.113.9" }],
  ["a stranger who says to be us", { "x-landfall-peer": "203.0.113.9", "x-forwarded-for": "127.0.0.1" }],
  ["a stranger through a proxy on this machine", { "x-landfall-peer": "127.0.0.1", "x-forwarded-for": "203.0.113.9" }],
  [
    "a stranger who lies to that proxy",
    { "x-landfall-peer": "127.0.0.1", "x-forwarded-for": "127.0.0.1, 203.0.113.9" },
  ],
  ["a name that looks like us", { "x-landfall-peer": "127.0.0.1.example.com", "x-forwarded-for": "127.0.0.1" }],
  ["nobody knows who", { "x-forwarded-for": "127.0.0.1" }],
  ["somebody with any token", { "x-landfall-peer": "203.0.113.9", authorization: "Bearer undefined" }],
])("without a token %s may not", async (_, headers) => {
  expect(await mayRead(headers)).toBe(false);
});

test("with a token it is what counts, from wherever", async () => {
  expect(await mayRead({ authorization: `Bearer ${TOKEN}` }, TOKEN)).toBe(true);
  for (const wrong of ["Bearer ", "Bearer a", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, ""])
    expect(
      await mayRead({ "x-landfall-peer": "127.0.0.1", "x-forwarded-for": "127.0.0.1", authorization: wrong }, TOKEN),
    ).toBe(false);
});
