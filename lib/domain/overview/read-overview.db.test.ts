import { beforeAll, expect, test } from "vitest";
import { Overview } from "@/lib/contracts/overview";
import type { Actor } from "@/lib/contracts/user";
import { db } from "@/lib/platform/db/client";
import { readOverview } from "./read-overview";

const NOW = new Date("2026-11-20T12:00:00Z");
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);
const people: Record<"admin" | "member" | "other", Actor & { id: string }> = {} as never;
const services: Record<string, string> = {};
const numbers: Record<string, number> = {};
let targetId: string;

beforeAll(async () => {
  for (const [name, role] of [
    ["admin", "admin"],
    ["member", "member"],
    ["other", "member"],
  ] as const) {
    const { id } = await db.user.create({ data: { email: `${name}@example.com`, name, role } });
    people[name] = { id, name, role };
  }
  targetId = (await db.target.create({ data: { name: "here", kind: "ssh", settings: { host: "secret-host" } } })).id;
  await aService("mine", people.member);
  await aService("theirs", people.other);
  await aService("untouched", people.other);
  await aDeployment("mine", { state: "succeeded", hours: 30, durationMs: 2_000 });
  await aDeployment("mine", { state: "succeeded", hours: 28, durationMs: 4_000 });
  await aDeployment("mine", { state: "succeeded", hours: 10 * 24, durationMs: 9_000 });
  await aDeployment("mine", { state: "succeeded", hours: 40 * 24, durationMs: 60_000 });
  await aDeployment("mine", { state: "cancelled", hours: 3, durationMs: 100 });
  await aDeployment("mine", { state: "running", hours: 0 });
  await aDeployment("theirs", { state: "succeeded", hours: 26, durationMs: 3_000 });
  await aDeployment("theirs", { state: "failed", hours: 25, durationMs: 500 });
  await aDeployment("theirs", { state: "failed", hours: 2, durationMs: 700 });
});

async function aService(name: string, owner: Actor & { id: string }): Promise<void> {
  const data = {
    name,
    ownerId: owner.id,
    targetId,
    driver: "process",
    source: {},
    port: 4_000 + Object.keys(services).length,
  };
  services[name] = (await db.service.create({ data })).id;
}

async function aDeployment(
  service: string,
  made: { state: string; hours: number; durationMs?: number },
): Promise<void> {
  numbers[service] = (numbers[service] ?? 0) + 1;
  const { state, hours, durationMs } = made;
  const problem =
    state === "failed" ? { code: "health-failed", params: {}, detail: "/health: 503 in 2 ms" } : undefined;
  await db.deployment.create({
    data: {
      serviceId: services[service] ?? "",
      targetId,
      number: numbers[service],
      kind: "deploy",
      state,
      driver: "process",
      spec: {},
      trigger: "console",
      queuedAt: hoursAgo(hours),
      durationMs: durationMs ?? null,
      problem,
      phases: {
        create: [
          { position: 0, key: "validation", status: "succeeded", durationMs: 100 },
          { position: 1, key: "verify", status: state },
        ],
      },
    },
  });
}

test("an admin sees what runs, what needs attention with its cause, and how many have which status", async () => {
  const overview = await readOverview(people.admin, "UTC", NOW);
  expect(Overview.parse(overview)).toEqual(overview);
  expect(overview.running.total).toBe(1);
  expect(overview.running.items[0]).toMatchObject({
    service: { name: "mine" },
    state: "running",
    phases: [{ key: "validation", usualMs: 100 }, { key: "verify" }],
  });
  expect(overview.attention).toMatchObject({
    total: 1,
    items: [
      {
        name: "theirs",
        live: { state: "none", release: null, since: null },
        lastDeployment: { number: 3, state: "failed" },
        failed: { phase: "verify", problem: { code: "health-failed", detail: "/health: 503 in 2 ms" } },
        check: null,
      },
    ],
  });
  expect(overview.services.statuses).toEqual({
    down: 0,
    restarting: 0,
    unhealthy: 0,
    failed: 1,
    changing: 1,
    live: 0,
    none: 3,
  });
  expect(overview.services.items.map(({ name }) => name)).toEqual(["mine", "untouched"]);
});

test("days, rate and medians are of fourteen days and leave out what was cancelled", async () => {
  const overview = await readOverview(people.admin, "UTC", NOW);
  expect(overview.days).toHaveLength(14);
  expect(overview.days.at(-1)).toEqual({ day: "2026-11-20", succeeded: 0, failed: 1 });
  expect(overview.days.at(-2)).toEqual({ day: "2026-11-19", succeeded: 3, failed: 1 });
  expect(overview.successRate).toBeCloseTo(4 / 6);
  expect(overview.duration).toEqual({ medianMs: 3_000, earlierMedianMs: 9_000 });
});

test("days are the reader's own", async () => {
  const { days } = await readOverview(people.admin, "Pacific/Kiritimati", NOW);
  expect(days.at(-1)).toMatchObject({ day: "2026-11-21", failed: 1 });
});

test("a member's overview is of their own services, a removed one's history too", async () => {
  const overview = await readOverview(people.other, "UTC", NOW);
  expect(overview.running.total).toBe(0);
  expect(overview.services.total).toBe(2);
  expect(overview.days.at(-2)).toMatchObject({ succeeded: 1, failed: 1 });

  await db.service.update({ where: { id: services.untouched }, data: { deletedAt: NOW } });
  expect((await readOverview(people.other, "UTC", NOW)).services.total).toBe(1);
});

test("one that is down needs attention, unless it is being deployed, or the check was of another release", async () => {
  for (const name of ["theirs", "mine"]) await isSeenDown(name);
  const seen = await readOverview(people.admin, "UTC", NOW);
  expect(seen.services.statuses).toMatchObject({ down: 2, failed: 1, changing: 1, live: 0 });
  expect(seen.attention).toMatchObject({
    total: 1,
    items: [
      {
        name: "theirs",
        live: { state: "down", release: 1, since: hoursAgo(1).toISOString() },
        lastDeployment: { state: "failed" },
        check: { condition: "down", lastOutput: ["Error: no memory"] },
      },
    ],
  });
  expect(seen.services.items[0]).toMatchObject({ name: "mine", live: { state: "down" } });
  await db.serviceCheck.update({
    where: { serviceId: services.theirs },
    data: { releaseId: "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21" },
  });
  const later = await readOverview(people.admin, "UTC", NOW);
  expect(later.services.statuses).toMatchObject({ down: 1, failed: 1, live: 1 });
  // Its release went live with the newest successful deployment, whatever failed since.
  expect(later.attention.items[0]).toMatchObject({ name: "theirs", live: { state: "live", since: null } });
});

test("what was deployed well since, or removed, needs no attention any more", async () => {
  await aService("recovered", people.other);
  await aDeployment("recovered", { state: "failed", hours: 5 });
  await aService("gone", people.other);
  await aDeployment("gone", { state: "failed", hours: 5 });
  const names = async () => (await readOverview(people.other, "UTC", NOW)).attention.items.map(({ name }) => name);
  expect(await names()).toEqual(["gone", "recovered", "theirs"]);
  await aDeployment("recovered", { state: "succeeded", hours: 4 });
  await db.service.update({ where: { id: services.gone }, data: { deletedAt: NOW } });
  expect(await names()).toEqual(["theirs"]);
});

async function isSeenDown(name: string): Promise<void> {
  const serviceId = services[name] ?? "";
  const { id: deploymentId } = await db.deployment.findFirstOrThrow({ where: { serviceId } });
  const { id: releaseId } = await db.release.create({
    data: { serviceId, targetId, deploymentId, number: 1, driver: "process", artifact: {}, spec: {} },
  });
  await db.service.update({ where: { id: serviceId }, data: { currentReleaseId: releaseId } });
  await db.serviceCheck.create({
    data: {
      serviceId,
      releaseId,
      condition: "down",
      since: hoursAgo(1),
      checkedAt: NOW,
      lastOutput: ["Error: no memory"],
    },
  });
}

test("how a target is reached stays on the server", async () => {
  expect(JSON.stringify(await readOverview(people.member, "UTC", NOW))).not.toContain("secret-host");
});

test("nobody has deployed anything", async () => {
  const { id } = await db.user.create({ data: { email: "new@example.com", name: "new", role: "member" } });
  const overview = await readOverview({ id, name: "new", role: "member" }, "UTC", NOW);
  expect(overview).toMatchObject({
    running: { total: 0 },
    attention: { total: 0, items: [] },
    services: { total: 0, items: [] },
    successRate: null,
  });
});
