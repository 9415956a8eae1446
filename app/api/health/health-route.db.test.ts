import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { PrismaPg } from "@prisma/adapter-pg";
import { expect, test, vi } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { PrismaClient } from "@/lib/platform/db/generated/client";
import { asToken } from "@/lib/web/auth/test-callers";
import { call } from "@/lib/web/http/test-call";
import { GET } from "./route";

/** Other tests keep the machine busy: the first round of checks, and the caller's identity, may be known late. */
const PATIENCE = { timeout: 30_000, interval: 100 };

test("details are for whoever is signed in", async () => {
  await vi.waitFor(async () => {
    const stranger = await call(GET);
    expect(stranger.status).toBe(200);
    expect(stranger.body.checks.database).toEqual({ status: "ok" });
  }, PATIENCE);
  const headers = await asToken(await aUser("viewer"));
  await vi.waitFor(async () => {
    const known = await call(GET, { headers });
    expect(known.body.checks.disk.details?.path).toBe(process.env.LANDFALL_DATA_DIR);
  }, PATIENCE);
});

test("a wrong token is a stranger, and the page still answers", async () => {
  const { status, body } = await call(GET, { headers: { "x-api-key": "lf_wrong" } });
  expect([status, body.checks.disk.details]).toEqual([200, undefined]);
});

test("while its database hangs it answers without it, and soon says so", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const hanging = new PrismaClient({
    adapter: new PrismaPg({ connectionString: `postgresql://x@127.0.0.1:${port}/x` }),
  });
  const shared = globalThis as { landfallDb?: PrismaClient; landfallHealth?: unknown };
  const { landfallDb } = shared;
  shared.landfallDb = hanging;
  shared.landfallHealth = undefined;
  try {
    const credentials = { "x-api-key": "lf_000000000000000000000000000" };
    // This database accepts connections and never answers, so a route that waits for it never returns.
    await call(GET, { headers: credentials });
    await vi.waitFor(async () => expect((await call(GET)).status).toBe(503), PATIENCE);
    const { body } = await call(GET);
    expect([body.status, body.checks.database.status, body.checks.disk.status]).toEqual(["unhealthy", "failed", "ok"]);
  } finally {
    shared.landfallDb = landfallDb;
    shared.landfallHealth = undefined;
    silent.close();
  }
});
