import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { DeliveryReceipt } from "@/lib/contracts/hook";
import type { Actor } from "@/lib/contracts/user";
import { claimDeployment } from "@/lib/engine/claim-deployment";
import { db, disconnect } from "@/lib/platform/db/client";
import { KEPT_UNPROVEN } from "./hook-store";
import type { HookRequest } from "./read-push";
import { receiveDelivery } from "./receive-delivery";
import { aHookedService, commitOf, fromGitHub, type TestPush } from "./test-hooks";

/** Deliveries as a bad day brings them: duplicated, reordered, forged, and cut off by restarts. */

const SERVICES = 5;
const SENDERS = 8;
/** How far a delivery may be from its place. */
const WINDOW = 12;

type Hooked = Awaited<ReturnType<typeof aHookedService>>;
interface Planned {
  service: Hooked;
  push: TestPush;
  isForged: boolean;
}

/** Where deliveries go, and what happens there meanwhile. */
export interface StormPlace {
  /** Null for a refusal that tells nothing; throws where nothing was answered. */
  deliver(serviceId: string, request: HookRequest): Promise<DeliveryReceipt | null>;
  /** The next trouble, each time that so many deliveries were answered, on a fast machine and on a slow one. */
  trouble(count: number): Promise<void>;
  troubleEvery: number;
  /** Until the signal; what is queued is claimed here where no worker runs. */
  work(serviceIds: readonly string[], signal: AbortSignal): Promise<void>;
  checkDeployments(serviceId: string): Promise<void>;
}

/** This process, which has no worker. Connections are cut, and every second time the pool of all of them is replaced. */
const HERE: StormPlace = {
  deliver: async (serviceId, request) => (await receiveDelivery(serviceId, request, async () => {}))?.receipt ?? null,
  trouble: cutConnections,
  troubleEvery: 20,
  work: claim,
  checkDeployments: checkOnlyClaimed,
};

/** A sender that got no answer, or a server error, sends again: what GitHub's button does. */
async function send(place: StormPlace, { service, push, isForged }: Planned): Promise<DeliveryReceipt | null> {
  for (;;) {
    try {
      return await place.deliver(service.id, fromGitHub(isForged ? "guessed" : service.secret, push));
    } catch {
      await sleep(20);
    }
  }
}

/**
 * Sends `count` deliveries while there is trouble. Every one must be there with its verdict, and every commit deployed at
 * most once at a time; the newest is what each service gets.
 */
export async function storm(owner: Actor & { id: string }, count: number, place: StormPlace = HERE): Promise<void> {
  const services: Hooked[] = [];
  for (let n = 0; n < SERVICES; n++) services.push(await aHookedService(owner, `storm-${n}`));
  const planned = plan(services, count);
  const answered: { plan: Planned; receipt: DeliveryReceipt | null }[] = [];
  const waiting = [...planned];
  const stop = new AbortController();
  const trouble = makeTrouble(place, () => answered.length, stop.signal);
  const working = place.work(
    services.map(({ id }) => id),
    stop.signal,
  );
  const sender = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      answered.push({ plan: next, receipt: await send(place, next) });
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  stop.abort();
  const [troubles] = await Promise.all([trouble, working]);
  expect(troubles).toBeGreaterThanOrEqual(count / place.troubleEvery / 2);
  expect(answered).toHaveLength(planned.length);
  await checkAnswers(answered);
  for (const service of services) {
    await checkService(service, planned);
    await place.checkDeployments(service.id);
  }
}

/** Of each ten deliveries six are pushes, one a second hook's for the same push, one a repeat and two forged. */
function plan(services: readonly Hooked[], count: number): Planned[] {
  const planned: Planned[] = [];
  const next = services.map(() => 0);
  for (let n = 0; n < count; n++) {
    const index = Math.floor(random(n) * services.length);
    const service = services[index];
    const kind = n % 10;
    if (!service) continue;
    if (kind < 6) next[index] = (next[index] ?? 0) + 1;
    const minute = Math.max(1, next[index] ?? 1);
    const of = (text: string | number) => commitOf(`${service.name} ${text}`);
    const push: TestPush = { id: `${service.name} ${minute}`, commit: of(minute), before: of(minute - 1), minute };
    const id = kind === 6 ? `second ${push.id}` : push.id;
    const isForged = kind > 7;
    planned.push({ service, isForged, push: { ...push, id, ...(isForged && { commit: of(`forged ${n}`) }) } });
  }
  const place = (n: number) => n + random(n + count) * WINDOW;
  return planned
    .map((each, n) => ({ each, at: place(n) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ each }) => each);
}

/** The same numbers in every run. */
function random(seed: number): number {
  const value = Math.sin(seed * 12.9898) * 43_758.5453;
  return value - Math.floor(value);
}

async function makeTrouble(place: StormPlace, answered: () => number, signal: AbortSignal): Promise<number> {
  let troubles = 0;
  while (!signal.aborted) {
    await sleep(10);
    if (answered() < (troubles + 1) * place.troubleEvery) continue;
    troubles += 1;
    await place.trouble(troubles);
  }
  return troubles;
}

/** Ends connections in the middle of their transactions, and every second time all of the process. */
async function cutConnections(count: number): Promise<void> {
  const cut = db.$queryRaw`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`;
  await cut.catch(() => {});
  if (count % 2 === 1) await disconnect().catch(() => {});
}

/** Workers that take up what is queued, and are slow. */
async function claim(serviceIds: readonly string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const id of serviceIds) {
      const { outcome } = await claimDeployment(id, "storm").catch(() => ({ outcome: "away" }));
      if (outcome === "claimed") await sleep(50);
    }
    await sleep(200);
  }
}

async function checkAnswers(answered: readonly { plan: Planned; receipt: DeliveryReceipt | null }[]): Promise<void> {
  const rows = await db.hookDelivery.findMany();
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { plan, receipt } of answered) {
    expect(receipt === null).toBe(plan.isForged);
    if (receipt) expect(byId.get(receipt.id)).toMatchObject({ verdict: receipt.verdict, reason: receipt.reason });
  }
  expect(rows.filter(({ verdict }) => verdict === "failed")).toEqual([]);
}

async function checkService(service: Hooked, planned: readonly Planned[]): Promise<void> {
  const mine = planned.filter(({ service: { id }, isForged }) => id === service.id && !isForged);
  const rows = await db.hookDelivery.findMany({ where: { serviceId: service.id, verdict: { not: "refused" } } });
  const forged = planned.filter(({ service: { id }, isForged }) => id === service.id && isForged);
  const refused = await db.hookDelivery.count({ where: { serviceId: service.id, verdict: "refused" } });
  // A worker that starts removes those beyond the newest.
  expect(refused).toBeGreaterThanOrEqual(Math.min(forged.length, KEPT_UNPROVEN));
  const settled = rows.map(({ deliveryId }) => deliveryId).filter((id) => id !== null);
  expect(settled.toSorted()).toEqual([...new Set(mine.map(({ push }) => push.id))].toSorted());

  const deployments = await db.deployment.findMany({
    where: { serviceId: service.id },
    orderBy: { number: "asc" },
  });
  const commits = deployments.map(({ spec }) => (spec as { commit: string }).commit);
  const deployed = rows.filter(({ verdict }) => verdict === "deployed").map(({ deploymentId }) => deploymentId);
  expect(deployed.toSorted()).toEqual(deployments.map(({ id }) => id).toSorted());
  const newest = mine.reduce((a, b) => ((a.push.minute ?? 0) > (b.push.minute ?? 0) ? a : b));
  expect(commits.at(-1)).toBe(newest.push.commit);
}

/** No commit was deployed again, every deployment has its turn in the queue, and the newest one waits or runs. */
async function checkOnlyClaimed(serviceId: string): Promise<void> {
  const deployments = await db.deployment.findMany({ where: { serviceId }, orderBy: { number: "asc" } });
  const commits = deployments.map(({ spec }) => (spec as { commit: string }).commit);
  expect(new Set(commits).size).toBe(commits.length);
  expect(["queued", "running"]).toContain(deployments.at(-1)?.state);
  const states = deployments.slice(0, -1).map(({ state }) => state);
  expect(states.every((state) => state === "cancelled" || state === "running")).toBe(true);
  const turns = await db.$queryRaw`
    SELECT 1 FROM pgboss.job WHERE data->>'serviceId' = ${serviceId} AND name NOT LIKE 'outbox.%'`;
  expect(turns).toHaveLength(deployments.length);
}
