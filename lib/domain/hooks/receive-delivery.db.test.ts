import { afterAll, beforeAll, expect, test } from "vitest";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { claimDeployment } from "@/lib/engine/claim-deployment";
import { readEvents } from "@/lib/engine/follow-deployment";
import { requestDeployment } from "@/lib/engine/request-deployment";
import { aLocalTarget, aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { published } from "@/lib/platform/outbox/test-outbox";
import { queue } from "@/lib/platform/queue/boss";
import { EVERYTHING, grantMembers } from "@/lib/targets/test-grants";
import { changeHook, listDeliveries, readHook, redeliver, removeHook, renewHook } from "./hook-commands";
import { pruneDeliveries } from "./hook-store";
import { receiveDelivery } from "./receive-delivery";
import { aHookedService, commitOf, fromGitHub, ORIGIN, type TestPush } from "./test-hooks";

let admin: Actor & { id: string };
let member: Actor & { id: string };
beforeAll(async () => {
  [admin, member] = await Promise.all([aPerson("admin"), aPerson("member")]);
});
afterAll(async () => (await queue()).stop({ graceful: false }));

const unlimited = async () => {};
type Hooked = Awaited<ReturnType<typeof aHookedService>>;
const deliver = (service: Hooked, push: TestPush, secret = service.secret) =>
  receiveDelivery(service.id, fromGitHub(secret, push), unlimited);
const verdictOf = async (service: Hooked, push: TestPush) => {
  const { verdict, reason, params } = (await deliver(service, push))?.receipt ?? {};
  return [verdict, reason, params];
};
const deployments = ({ id }: Hooked) =>
  db.deployment.findMany({ where: { serviceId: id }, orderBy: { number: "asc" } });
const newestDelivery = async ({ name }: Hooked) => (await listDeliveries(name, { limit: 1 }, admin)).items[0];
let sent = 0;
const push = (commit: string, more: Partial<TestPush> = {}): TestPush => ({
  id: `delivery-${++sent}`,
  commit: commitOf(commit),
  ...more,
});

test("a push is deployed in the name of the owner: its commit, its row and its message commit together", async () => {
  const service = await aHookedService(member, "pushed");
  const received = await deliver(service, push("a", { id: "first", message: "Show prices" }));
  const [deployment] = await deployments(service);
  expect(deployment).toMatchObject({
    ...{ trigger: "push", state: "queued", requestedById: member.id },
    spec: { commit: commitOf("a"), message: "Show prices" },
  });
  expect(received).toMatchObject({
    problem: null,
    receipt: { verdict: "deployed", reason: null, deployment: { id: deployment?.id, number: 1 } },
  });
  const jobs =
    await db.$queryRaw`SELECT 1 FROM pgboss.job WHERE data->>'serviceId' = ${service.id} AND name NOT LIKE 'outbox.%'`;
  expect(jobs).toHaveLength(1);
  expect(await newestDelivery(service)).toMatchObject({
    ...{ provider: "github", deliveryId: "first", event: "push", ref: "refs/heads/main", canRedeliver: true },
    commit: { id: commitOf("a"), message: "Show prices", author: "Ana" },
  });
});

test("what deploys nothing says why", async () => {
  const service = await aHookedService(member, "nothing");
  await changeHook("nothing", { paths: ["apps/web/", "!apps/web/*.md"] }, member, ORIGIN);
  const inPath = { paths: ["apps/web/price.ts"] };
  expect(await verdictOf(service, push("a", { event: "ping" }))).toEqual(["nothing", "ping", {}]);
  expect(await verdictOf(service, push("a", { event: "star" }))).toEqual([
    ...["nothing", "other-event"],
    { event: "star" },
  ]);
  expect(await verdictOf(service, push("a", { ref: "refs/heads/dev" }))).toEqual([
    ...["nothing", "other-branch"],
    { ref: "dev", wanted: "main" },
  ]);
  const deleted = { id: "deleted", commit: "0".repeat(40) };
  expect(await verdictOf(service, deleted)).toEqual(["nothing", "branch-deleted", { ref: "main" }]);
  expect(await verdictOf(service, push("a", { message: "docs [skip ci]" }))).toEqual(["nothing", "skipped", {}]);
  expect(await verdictOf(service, push("a", { paths: ["docs/a.md"] }))).toEqual([
    ...["nothing", "no-path"],
    { paths: 1 },
  ]);
  await changeHook("nothing", { enabled: false }, member, ORIGIN);
  expect(await verdictOf(service, push("a", inPath))).toEqual(["nothing", "disabled", {}]);
  await changeHook("nothing", { enabled: true }, member, ORIGIN);
  expect(await deployments(service)).toEqual([]);
  expect((await verdictOf(service, push("a", inPath))).slice(0, 2)).toEqual(["deployed", null]);
  const folder = { kind: "folder", path: "/srv" };
  await db.service.update({ where: { id: service.id }, data: { source: folder } });
  expect(await verdictOf(service, push("b", inPath))).toEqual(["nothing", "no-git-source", {}]);
  const { items } = await listDeliveries("nothing", { limit: 100 }, member);
  expect(items).toHaveLength(9);
});

test("without a branch of its own a service follows the default branch that the server names", async () => {
  const service = await aHookedService(member, "default-branch");
  const source = { kind: "git", url: "https://git.example.com/acme/shop.git" };
  await db.service.update({ where: { id: service.id }, data: { source } });
  expect((await verdictOf(service, push("a", { ref: "refs/heads/dev" }))).slice(0, 2)).toEqual([
    "nothing",
    "other-branch",
  ]);
  expect((await verdictOf(service, push("a"))).slice(0, 2)).toEqual(["deployed", null]);
});

test("a delivery that arrives again deploys nothing, also twenty times concurrently", async () => {
  const service = await aHookedService(member, "again");
  const same = push("a", { id: "same" });
  const received = await Promise.all(Array.from({ length: 20 }, () => deliver(service, same)));
  const verdicts = received.map((each) => each?.receipt.reason ?? each?.receipt.verdict);
  expect(verdicts.toSorted()).toEqual([...Array.from({ length: 19 }, () => "delivered-before"), "deployed"]);
  const [deployment, ...more] = await deployments(service);
  expect(more).toEqual([]);
  expect(received.every((each) => each?.receipt.deployment?.id === deployment?.id)).toBe(true);
  expect(await db.hookDelivery.count({ where: { serviceId: service.id } })).toBe(20);
});

test("a commit that is queued, running or live is not deployed again", async () => {
  const service = await aHookedService(member, "same-commit");
  await deliver(service, push("a"));
  expect(await verdictOf(service, push("a"))).toEqual(["nothing", "already-queued", { number: 1 }]);
  const claim = await claimDeployment(service.id, "test");
  expect(await verdictOf(service, push("a"))).toEqual(["nothing", "already-running", { number: 1 }]);
  if (claim.outcome !== "claimed") throw new Error(claim.outcome);
  await makeLive(service, claim.deployment.id);
  expect(await verdictOf(service, push("a"))).toEqual(["nothing", "already-live", { number: 1 }]);
  // Something else is on its way: afterwards the commit would not be live.
  await requestDeployment({ service: "same-commit", commit: commitOf("b") }, member);
  expect(await verdictOf(service, push("a", { before: commitOf("b") }))).toMatchObject([
    "deployed",
    null,
    { number: 3 },
  ]);
});

async function makeLive({ id, targetId }: Hooked, deploymentId: string): Promise<void> {
  const deployment = await db.deployment.update({ where: { id: deploymentId }, data: { state: "succeeded" } });
  const spec = { ...(deployment.spec as object), revision: { commit: (deployment.spec as { commit: string }).commit } };
  const release = await db.release.create({
    data: { serviceId: id, targetId, driver: "process", number: deployment.number, deploymentId, artifact: {}, spec },
  });
  await db.service.update({ where: { id }, data: { currentReleaseId: release.id } });
}

test("a newer push ends those that wait, and no deployment of a person", async () => {
  const service = await aHookedService(member, "superseded");
  await deliver(service, push("running", { minute: 1 }));
  await claimDeployment(service.id, "test");
  await deliver(service, push("b", { minute: 2 }));
  await requestDeployment({ service: "superseded" }, member);
  const before = await published("tallies");
  expect(await verdictOf(service, push("c", { minute: 3 }))).toEqual([
    ...["deployed", null],
    { number: 4, superseded: "#2", repository: "acme/shop" },
  ]);
  const ended = await deployments(service);
  expect(ended.map(({ state }) => state)).toEqual(["running", "cancelled", "queued", "queued"]);
  expect(ended[1]).toMatchObject({
    problem: { code: "deployment-superseded", params: { number: 4 } },
    cancelRequestedAt: null,
  });
  const events = await readEvents(ended[1]?.id ?? "", 0);
  expect(events.at(-1)?.event).toMatchObject({ state: "cancelled", problem: { code: "deployment-superseded" } });
  expect(await published("tallies")).toHaveLength(before.length + 1);
  expect(await db.auditEvent.count({ where: { action: "deployment.supersede" } })).toBe(1);
});

test("a push that arrives after a newer one deploys nothing; one that goes back does", async () => {
  const service = await aHookedService(member, "reordered");
  const at = (minute: number, before: string) => ({ minute, before: commitOf(before) });
  await deliver(service, push("d", at(4, "c")));
  expect(await verdictOf(service, push("b", at(2, "a")))).toEqual(["nothing", "older-push", { number: 1 }]);
  // By the chain, whatever the time of its commit.
  expect(await verdictOf(service, push("c", at(9, "b")))).toEqual(["nothing", "older-push", { number: 1 }]);
  // An old commit on top of the newest push is newer.
  expect(await verdictOf(service, push("x", at(1, "d")))).toMatchObject(["deployed", null, { number: 2 }]);
  // Behind a push that deployed nothing.
  await deliver(service, push("y", { ...at(0, "x"), message: "[skip ci]" }));
  expect(await verdictOf(service, push("z", at(0, "y")))).toMatchObject(["deployed", null, { number: 3 }]);
});

test("without a right signature nothing is answered, and the row says why", async () => {
  const service = await aHookedService(member, "forged");
  const reasonOf = async () => (await newestDelivery(service))?.reason;
  expect(await deliver(service, push("a"), "guessed")).toBeNull();
  expect(await newestDelivery(service)).toMatchObject({
    ...{ verdict: "refused", reason: "wrong-signature", deliveryId: null, commit: null, canRedeliver: false },
  });
  expect(await receiveDelivery(service.id, { headers: new Headers(), body: Buffer.from("{}") }, unlimited)).toBeNull();
  expect(await reasonOf()).toBe("unsigned");
  expect(await receiveDelivery(service.id, "too-large", unlimited)).toBeNull();
  expect(await reasonOf()).toBe("too-large");
  const right = fromGitHub(service.secret, push("a"));
  const cut = { headers: right.headers, body: right.body.subarray(1) };
  expect(await receiveDelivery(service.id, cut, unlimited)).toBeNull();
  // A forged delivery does not take the id of the right one.
  await deliver(service, push("a", { id: "taken" }), "guessed");
  expect((await verdictOf(service, push("a", { id: "taken" }))).slice(0, 2)).toEqual(["deployed", null]);
});

test("an unknown service, a removed one and a wrong signature are answered alike, in like time", async () => {
  const service = await aHookedService(member, "alike");
  const removed = await aHookedService(member, "removed-one");
  await db.service.update({ where: { id: removed.id }, data: { deletedAt: new Date() } });
  const times: number[] = [];
  for (const id of [service.id, removed.id, crypto.randomUUID()]) {
    const startedMs = performance.now();
    expect(await receiveDelivery(id, fromGitHub("guessed", push("a")), unlimited)).toBeNull();
    times.push(performance.now() - startedMs);
  }
  expect(await deliver(removed, push("a"))).toBeNull();
  expect(await db.hookDelivery.count({ where: { serviceId: removed.id } })).toBe(0);
  expect(Math.min(...times)).toBeGreaterThan(140);
});

test("what the owner may no longer do is refused, and delivered again it is judged anew", async () => {
  const owner = await aPerson("member", "leaving");
  const service = await aHookedService(owner, "leaving");
  const same = push("a", { id: "retried" });
  await db.user.update({ where: { id: owner.id }, data: { disabledAt: new Date() } });
  expect(await deliver(service, same)).toMatchObject({
    receipt: { verdict: "refused", reason: "owner-disabled" },
    problem: { code: "owner-disabled" },
  });
  await db.user.update({ where: { id: owner.id }, data: { disabledAt: null, role: "viewer" } });
  expect((await verdictOf(service, same)).slice(0, 2)).toEqual(["refused", "forbidden"]);
  await db.user.update({ where: { id: owner.id }, data: { role: "member" } });
  const target = await aLocalTarget();
  await grantMembers({ ...EVERYTHING, audience: "administrators" }, target.name);
  expect((await verdictOf(service, same)).slice(0, 2)).toEqual(["refused", "target-not-granted"]);
  await grantMembers(EVERYTHING, target.name);
  await db.target.update({ where: { id: target.id }, data: { disabledAt: new Date() } });
  expect((await verdictOf(service, same)).slice(0, 2)).toEqual(["refused", "target-disabled"]);
  await db.target.update({ where: { id: target.id }, data: { disabledAt: null } });
  expect(await deployments(service)).toEqual([]);
  expect((await verdictOf(service, same)).slice(0, 2)).toEqual(["deployed", null]);
});

test("an unforeseen error is a delivery that failed, and no deployment", async () => {
  const service = await aHookedService(member, "broken");
  await db.service.update({ where: { id: service.id }, data: { health: { portTimeoutMs: "no number" } } });
  const received = await deliver(service, push("a"));
  expect(received).toMatchObject({ receipt: { verdict: "failed", reason: "internal" }, problem: { code: "internal" } });
  expect(await deployments(service)).toEqual([]);
  const rows = await db.hookDelivery.findMany({ where: { serviceId: service.id } });
  expect(rows).toMatchObject([{ verdict: "failed", deliveryId: null, push: { kind: "push" } }]);
});

test("too many deliveries are refused before they are stored, and forged ones are not told so", async () => {
  const service = await aHookedService(member, "limited");
  const limit = () => Promise.reject(new Problem("rate-limited"));
  const right = fromGitHub(service.secret, push("a"));
  await expect(receiveDelivery(service.id, right, limit)).rejects.toMatchObject({ code: "rate-limited" });
  expect(await receiveDelivery(service.id, fromGitHub("guessed", push("a")), limit)).toBeNull();
  expect(await db.hookDelivery.count({ where: { serviceId: service.id } })).toBe(0);
});

test("a person delivers a push again: a row of its own, in their name", async () => {
  const service = await aHookedService(member, "redelivered");
  await changeHook("redelivered", { enabled: false }, member, ORIGIN);
  await deliver(service, push("a", { id: "once" }));
  await changeHook("redelivered", { enabled: true }, member, ORIGIN);
  const first = await newestDelivery(service);
  const again = await redeliver("redelivered", first?.id ?? "", admin);
  expect(again).toMatchObject({
    ...{ verdict: "deployed", redeliveryOf: first?.id, deliveryId: "once", deployment: { number: 1 } },
  });
  expect((await deployments(service))[0]).toMatchObject({ requestedById: admin.id, trigger: "push" });
  expect(await redeliver("redelivered", first?.id ?? "", member)).toMatchObject({ reason: "already-queued" });
  await deliver(service, push("b"), "guessed");
  const forged = await newestDelivery(service);
  await expect(redeliver("redelivered", forged?.id ?? "", member)).rejects.toMatchObject({
    code: "delivery-not-redeliverable",
  });
  const other = await aPerson("member", "other");
  await expect(redeliver("redelivered", first?.id ?? "", other)).rejects.toMatchObject({ code: "not-found" });
});

test("a new secret replaces the one before, and a removed hook accepts neither", async () => {
  const service = await aHookedService(member, "secrets");
  const renewed = await renewHook("secrets", member, ORIGIN);
  expect(renewed).toMatchObject({ url: `${ORIGIN}/api/hooks/${service.id}`, enabled: true, branch: "main" });
  expect(await deliver(service, push("a"))).toBeNull();
  const anew = { ...service, secret: renewed.secret ?? "" };
  expect((await verdictOf(anew, push("a"))).slice(0, 2)).toEqual(["deployed", null]);
  await removeHook("secrets", member, ORIGIN);
  expect(await deliver(anew, push("b"))).toBeNull();
  expect(await readHook("secrets", member, ORIGIN)).toMatchObject({ secret: null, enabled: false });
  const audited = await db.auditEvent.findMany({
    where: { subjectName: "secrets", action: { startsWith: "service.hook" } },
  });
  expect(JSON.stringify(audited)).not.toContain(anew.secret);
  expect(audited.map(({ action }) => action).toSorted()).toEqual([
    "service.hook-removal",
    "service.hook-secret",
    "service.hook-secret",
  ]);
});

test("old deliveries go, and of unsigned ones the newest stay", async () => {
  const service = await aHookedService(member, "pruned");
  await deliver(service, push("a"));
  const data = { serviceId: service.id, verdict: "refused", reason: "unsigned" };
  await db.hookDelivery.createMany({ data: Array.from({ length: 250 }, () => data) });
  await db.hookDelivery.create({ data: { ...data, verdict: "nothing", receivedAt: new Date("2026-01-01") } });
  await pruneDeliveries();
  const kept = await db.hookDelivery.groupBy({ by: ["verdict"], where: { serviceId: service.id }, _count: true });
  expect(kept.toSorted((a, b) => a.verdict.localeCompare(b.verdict))).toEqual([
    { verdict: "deployed", _count: 1 },
    { verdict: "refused", _count: 200 },
  ]);
});
