import { afterEach, expect, test, vi } from "vitest";
import { withSettings } from "@/lib/platform/test-env";

const TOKEN = "a-long-enough-token";
afterEach(() => {
  vi.unstubAllEnvs();
});

/** The environment is read once, so each test imports the modules again. */
async function hasToken(headers: Record<string, string>, token?: string): Promise<boolean> {
  withSettings(token ? { METRICS_TOKEN: token } : {});
  const { hasMetricsToken } = await import("./metrics-token");
  return hasMetricsToken(new Headers(headers));
}

const THIS_MACHINE = { "x-landfall-peer": "127.0.0.1", "x-forwarded-for": "127.0.0.1" };

test.each(["", "Bearer ", "Bearer undefined"])(
  "without a token nobody has it, this machine neither: %j",
  async (authorization) => {
    expect(await hasToken({ ...THIS_MACHINE, authorization })).toBe(false);
  },
);

test("with a token it is what counts, from wherever", async () => {
  expect(await hasToken({ authorization: `Bearer ${TOKEN}` }, TOKEN)).toBe(true);
  for (const authorization of ["Bearer ", "Bearer a", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, ""])
    expect(await hasToken({ ...THIS_MACHINE, authorization }, TOKEN)).toBe(false);
});
