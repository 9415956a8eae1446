/* What Git servers send on a bad day, more than a hundred times the db suite's: see lib/domain/hooks/test-storm.ts. */
import { afterAll, expect, test } from "vitest";
import { Installation } from "@/bench/harness/installation";
import type { DeliveryReceipt } from "@/lib/contracts/hook";
import { type StormPlace, storm } from "@/lib/domain/hooks/test-storm";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { queue } from "@/lib/platform/queue/boss";

const COUNT = 10_000;

afterAll(async () => (await queue()).stop({ graceful: false }));

test("of 10,000 deliveries, duplicated, reordered, forged and cut off by killed processes, none is lost and none deploys twice", async () => {
  const { DATABASE_URL, LANDFALL_DATA_DIR } = env;
  const settings = { DATABASE_URL: DATABASE_URL.reveal(), LANDFALL_DATA_DIR, HOOK_LIMIT_RPM: "1000000" };
  const landfall = await Installation.start(process.cwd(), settings);
  try {
    await storm(await aPerson(), COUNT, consoleOf(landfall));
  } finally {
    await landfall.stop();
  }
  expect.hasAssertions();
});

/** A console as `npm start` runs it, whose web and worker processes are killed in turn. Its deployments really run. */
function consoleOf(landfall: Installation): StormPlace {
  const killed = new Set<number>();
  return {
    deliver: async (serviceId, { headers, body }) => {
      const options = { method: "POST", headers, body: new Uint8Array(body) };
      const response = await fetch(`${landfall.url}/api/hooks/${serviceId}`, options);
      if (response.status === 404) return null;
      if (!response.ok) throw new Error(`${response.status}`);
      return (await response.json()) as DeliveryReceipt;
    },
    troubleEvery: COUNT / 20,
    trouble: async (count) => {
      const role = count % 2 === 0 ? "web" : "worker";
      // `npm start` waits longer before each restart.
      await expect.poll(async () => killed.has(await landfall.processId(role)), { timeout: 120_000 }).toBe(false);
      const pid = await landfall.processId(role);
      killed.add(pid);
      process.kill(pid, "SIGKILL");
    },
    work: async () => {},
    checkDeployments,
  };
}

/**
 * The repository cannot be reached, so each deployment ends: no turn was lost. A commit is deployed again only once its
 * earlier deployment is no longer on its way to it: it failed, is undone, or was cancelled.
 */
async function checkDeployments(serviceId: string): Promise<void> {
  const where = { serviceId, state: { in: ["queued", "running", "undoing"] } };
  await expect.poll(() => db.deployment.count({ where }), { timeout: 120_000 }).toBe(0);
  const include = { phases: { where: { status: "failed" } } };
  const deployments = await db.deployment.findMany({ where: { serviceId }, orderBy: { number: "asc" }, include });
  const earlier = new Map<string, number>();
  for (const { id, number, spec, state, phases, finishedAt, cancelRequestedAt } of deployments) {
    const { commit } = spec as { commit: string };
    const turns = [finishedAt, cancelRequestedAt, ...phases.map((phase) => phase.finishedAt)];
    expect(madeAtMs(id), `#${number} of ${commit}`).toBeGreaterThanOrEqual(earlier.get(commit) ?? 0);
    expect(["failed", "cancelled"]).toContain(state);
    earlier.set(commit, Math.min(...turns.map((at) => at?.getTime() ?? Number.POSITIVE_INFINITY)));
  }
  expect(deployments.some(({ state }) => state === "failed")).toBe(true);
}

/** The first 48 bits of a version 7 id are milliseconds: when it was inserted, after its turn for the service's lock. */
function madeAtMs(id: string): number {
  return Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
}
