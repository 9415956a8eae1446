import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ChannelSettings, NewChannel } from "@/lib/contracts/notification";
import type { NotificationEvent } from "@/lib/contracts/notification-events";
import { TargetCheck } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { readOverview } from "@/lib/domain/overview/read-overview";
import { claimDeployment } from "@/lib/engine/claim-deployment";
import { cancelDeployment } from "@/lib/engine/deployment-commands";
import { endBrokenRun } from "@/lib/engine/finish-deployment";
import { requestDeployment } from "@/lib/engine/request-deployment";
import { publishSlowDeployments } from "@/lib/engine/slow-deployments";
import { aPerson, aService } from "@/lib/engine/test-service";
import { db, transaction } from "@/lib/platform/db/client";
import { type Dispatcher, startDispatcher } from "@/lib/platform/outbox/outbox";
import { published } from "@/lib/platform/outbox/test-outbox";
import { queue } from "@/lib/platform/queue/boss";
import { saveTargetCheck, toTargetRow } from "@/lib/targets/target-store";
import { recordSignIn } from "@/lib/web/auth/sign-in";
import { changeChannel, createChannel, listChannels, removeChannel, testChannel } from "./channel-commands";
import { listNotifications, redeliverNotification } from "./deliveries";
import { MERGE_MS, notify } from "./notify";
import { changeRule, createRule, listRules } from "./rule-commands";
import { GIVE_UP_MS, sendDueNotifications } from "./send-due";
import { allowThisMachine, aMailServer, aReceiver } from "./test-notifications";

const ORIGIN = "https://landfall.example.com";
const MINUTE_MS = 60_000;
type Person = Actor & { id: string };

let mail: Awaited<ReturnType<typeof aMailServer>>;
let receiver: Awaited<ReturnType<typeof aReceiver>>;
let dispatcher: Dispatcher;
let admin: Person;
beforeAll(async () => {
  allowThisMachine();
  [mail, receiver, admin] = [await aMailServer(), await aReceiver(), await aPerson()];
  dispatcher = await startDispatcher(await queue("worker"), { notifications: notify }, { pollSeconds: 0.5 });
});
afterAll(async () => {
  await dispatcher.stop();
  await (await queue()).stop({ graceful: false });
  mail.close();
  receiver.close();
});
beforeEach(async () => {
  mail.mails.length = 0;
  receiver.requests.length = 0;
  receiver.answer.status = 200;
  await db.notificationChannel.deleteMany();
});

const FAILED: NotificationEvent[] = ["deployment-failed", "deployment-stuck"];
const aChannel = (owner: Person, settings: object, shared = false) =>
  createChannel(NewChannel.parse({ name: "here", settings, shared }), owner);
const aWebhook = (owner: Person) => aChannel(owner, { kind: "webhook", url: receiver.url });
const aRule = (owner: Person, channel: string, events = FAILED, service: string | null = null) =>
  createRule({ channel, service, events }, owner);
/** Everything that is due at that time, counted from now. */
const sendAt = (afterMs: number) =>
  sendDueNotifications(new AbortController().signal, () => new Date(Date.now() + afterMs));
const waiting = () => db.notificationDelivery.count({ where: { state: "waiting" } });

/** A deployment that a worker took and that ended with an error, as the engine ends it. */
async function fails(service: { id: string; name: string }, owner: Person): Promise<void> {
  await requestDeployment({ service: service.name }, owner);
  await claimDeployment(service.id, "test");
  await endBrokenRun(service.id, "test", new Error("it broke"));
  await expect.poll(() => published("notifications")).toEqual([]);
}

test("a deployment that fails brings exactly one message to each receiver, in their language", async () => {
  const [owner, stranger] = [await aPerson("member", "owner"), await aPerson("member", "stranger")];
  await db.user.update({ where: { id: admin.id }, data: { locale: "nl" } });
  await db.user.update({ where: { id: owner.id }, data: { locale: "ar" } });
  const service = await aService(owner, { name: "one-each" });
  const settings = { kind: "email", host: mail.host, port: mail.port, security: "none", from: "landfall@example.com" };
  const { id } = await aChannel(admin, settings, true);
  await aRule(admin, id);
  await aRule(admin, id, FAILED, service.name);
  await aRule(owner, id);
  await aRule(stranger, id);
  await fails(service, owner);
  await expect.poll(waiting).toBe(2);
  // The event is delivered at least once: a repetition adds nothing.
  const row = await db.notificationDelivery.findFirstOrThrow();
  const [{ key, at } = { key: "", at: "" }] = row.notices as { key: string; at: string }[];
  const deploymentId = key.split(" ")[1] ?? "";
  const again = { type: "deployment.ended", serviceId: service.id, deploymentId, state: "failed" } as const;
  await notify(again, { at: new Date(at) });
  expect(await waiting()).toBe(2);

  await sendAt(0);
  expect(mail.mails).toEqual([]); // others of its kind may follow within a minute
  await sendAt(MERGE_MS);
  await sendAt(2 * MERGE_MS);
  const byReceiver = Object.fromEntries(mail.mails.map(({ to, text }) => [to.join(), text]));
  const addresses = await db.user.findMany({ where: { id: { in: [admin.id, owner.id] } } });
  expect(Object.keys(byReceiver).sort()).toEqual(addresses.map(({ email }) => email).sort());
  expect(mail.mails).toHaveLength(2);
  const textFor = (person: Person) => byReceiver[addresses.find((one) => one.id === person.id)?.email ?? ""];
  expect(textFor(admin)).toContain("Subject: one-each: deployment #1 is mislukt");
  expect(textFor(owner)).toMatch(/Subject: =\?UTF-8\?/);
  // A person sees the deliveries to themselves; an administrator sees all of them.
  const page = { limit: 25 };
  expect((await listNotifications(owner, page)).items.map(({ recipient }) => recipient?.id)).toEqual([owner.id]);
  expect((await listNotifications(stranger, page)).items).toEqual([]);
  expect((await listNotifications(admin, page)).items).toHaveLength(2);
});

test("a channel that is dead for an hour loses no message and delays no deployment, and the overview says so", async () => {
  const service = await aService(admin, { name: "dead-hour" });
  const { id } = await aWebhook(admin);
  await aRule(admin, id);
  receiver.answer.status = 503;
  await fails(service, admin);
  await expect.poll(waiting).toBe(1);
  await sendAt(MERGE_MS);
  await fails(service, admin); // it has ended, whatever the channel does
  await expect.poll(waiting).toBe(2);
  for (let minute = 2; minute <= 60; minute++) await sendAt(minute * MINUTE_MS);
  expect(await waiting()).toBe(2);
  const { failingChannels } = await readOverview(admin, "UTC");
  expect(failingChannels).toMatchObject([{ id, name: "here" }]);
  const [{ attempts, attemptCount } = { attempts: [], attemptCount: 0 }] = (
    await listNotifications(admin, { limit: 5 })
  ).items;
  expect(attemptCount).toBe(attempts.length);
  expect(attempts[0]).toMatchObject({ problem: { code: "channel-refused", params: { status: 503 } }, answer: "ok" });

  receiver.answer.status = 200;
  receiver.requests.length = 0;
  for (let minute = 61; minute <= 180; minute += 5) await sendAt(minute * MINUTE_MS);
  expect(await db.notificationDelivery.count({ where: { state: "sent" } })).toBe(2);
  expect(new Set(receiver.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(2);
  expect(receiver.requests).toHaveLength(2);
  expect((await readOverview(admin, "UTC")).failingChannels).toEqual([]);
});

test("what no one took for a day is given up, and can be redelivered", async () => {
  const service = await aService(admin, { name: "given-up" });
  await aRule(admin, (await aWebhook(admin)).id);
  receiver.answer.status = 503;
  await fails(service, admin);
  await expect.poll(waiting).toBe(1);
  const row = await db.notificationDelivery.findFirstOrThrow();
  await expect(redeliverNotification(row.id, admin)).rejects.toMatchObject({ code: "delivery-not-redeliverable" });
  await sendAt(GIVE_UP_MS + MINUTE_MS);
  expect(await db.notificationDelivery.findFirst()).toMatchObject({ state: "failed", nextAttemptAt: null });
  receiver.answer.status = 200;
  const again = await redeliverNotification(row.id, admin);
  await sendAt(1_000);
  const sent = (await listNotifications(admin, { limit: 5 })).items.find(({ id }) => id === again.id);
  expect(sent).toMatchObject({ state: "sent", redeliveryOf: row.id, attemptCount: 1 });
});

test("several of one kind within a minute are one message", async () => {
  await aRule(admin, (await aWebhook(admin)).id, ["target-unreachable", "backup-overdue"]);
  const targets = await Promise.all(
    ["a", "b", "c"].map((name) => db.target.create({ data: { name: `merged-${name}`, kind: "ssh" } })),
  );
  const at = new Date();
  const problem = { code: "host-unreachable" as const, params: { target: "merged" } };
  const tell = (n: number, now = at) =>
    notify({ type: "target.unreachable", targetId: targets[n]?.id ?? "", problem }, { at: now }, now);
  await tell(0);
  await tell(1, new Date(at.getTime() + 30_000));
  await notify({ type: "backup.overdue", since: at.toISOString() }, { at }, at);
  expect(await waiting()).toBe(2);
  await sendAt(MERGE_MS + 1_000);
  await tell(2, new Date(at.getTime() + MERGE_MS + 2_000));
  await sendAt(3 * MERGE_MS);
  const titles = receiver.requests.map(({ body }) => (body.data as { title: string }).title);
  expect(titles).toContain("Doel onbereikbaar: 2 gebeurtenissen");
  expect(titles).toContain("Doel merged-c is onbereikbaar");
  expect(titles).toHaveLength(3);
  await db.target.deleteMany({ where: { id: { in: targets.map(({ id }) => id) } } });
});

test("one person's many messages do not keep another's waiting", async () => {
  const [many, other] = [await aPerson("member"), await aPerson("member")];
  const [flooded, { id }] = [await aWebhook(many), await aWebhook(other)];
  const notices = [{ key: "k", kind: "sign-in-new", at: new Date().toISOString(), path: "/account" }];
  const to = (channelId: string, recipientId: string, minute: number) => ({
    ...{ channelId, recipientId, kind: "sign-in-new", notices, nextAttemptAt: new Date(minute * MINUTE_MS) },
  });
  const flood = Array.from({ length: 60 }, (_, n) => to(flooded.id, many.id, n));
  await db.notificationDelivery.createMany({ data: [...flood, to(id, other.id, 100)] });
  await sendAt(0);
  const sent = { state: "sent", channelId: id };
  expect(await db.notificationDelivery.count({ where: sent })).toBe(1);
  expect(await db.notificationDelivery.count({ where: { ...sent, channelId: flooded.id } })).toBe(5);
  for (let round = 0; round < 11; round++) await sendAt(0);
  expect(await waiting()).toBe(0);
});

test("a certificate that ends is told to those who may see its service, and the console's to administrators", async () => {
  const [owner, stranger] = [await aPerson("member", "owner"), await aPerson("member", "stranger")];
  const { id: serviceId } = await aService(owner, { name: "certified" });
  const people = [owner, stranger, admin];
  for (const person of people) await aRule(person, (await aWebhook(person)).id, ["certificate-ending"]);
  const at = new Date();
  const event = { type: "certificate.ending", domain: "shop.example.com", endsAt: at.toISOString() } as const;
  const receivers = async () => (await db.notificationDelivery.findMany()).map(({ recipientId }) => recipientId).sort();
  await notify({ ...event, serviceId }, { at });
  expect(await receivers()).toEqual([owner.id, admin.id].sort());
  await db.notificationDelivery.deleteMany();
  await notify({ ...event, serviceId: null }, { at });
  expect(await receivers()).toEqual([admin.id]);
});

test("a sign-in from an address that is new is told to the person alone, and the first one ever is not", async () => {
  const member = await aPerson("member");
  for (const person of [admin, member]) await aRule(person, (await aWebhook(person)).id, ["sign-in-new"]);
  for (const ip of ["192.0.2.7", "192.0.2.7", "198.51.100.9", "192.0.2.7"]) await recordSignIn(member, "password", ip);
  await expect.poll(waiting).toBe(1);
  await expect.poll(() => published("notifications")).toEqual([]);
  const rows = await db.notificationDelivery.findMany();
  expect(rows).toMatchObject([{ recipientId: member.id, notices: [{ values: { address: "198.51.100.9" } }] }]);
});

test("a deployment that waits for longer than usual is told once, and one that is quick is not", async () => {
  await aRule(admin, (await aWebhook(admin)).id, ["deployment-slow"]);
  await aService(admin, { name: "slow" });
  const { id } = await requestDeployment({ service: "slow" }, admin);
  const after = (minutes: number) => publishSlowDeployments(new Date(Date.now() + minutes * MINUTE_MS));
  await after(10);
  await expect.poll(() => published("notifications")).toEqual([]);
  expect(await waiting()).toBe(0);
  await after(16);
  await after(17);
  await expect.poll(waiting).toBe(1);
  await expect.poll(() => published("notifications")).toEqual([]);
  expect(await db.notificationDelivery.findMany()).toMatchObject([{ notices: [{ deployment: { id, number: 1 } }] }]);
  await cancelDeployment(id, admin);
});

test("a disk that is almost full is told once", async () => {
  await aRule(admin, (await aWebhook(admin)).id, ["disk-low"]);
  const { id } = await db.target.create({ data: { name: "small-disk", kind: "ssh" } });
  const check = (diskFreeBytes: number) =>
    transaction(async (tx) => {
      const row = await tx.target.findUniqueOrThrow({ where: { id } });
      const facts = { ok: true, tools: {}, problem: null, diskFreeBytes, diskTotalBytes: 100e9 };
      await saveTargetCheck(tx, toTargetRow(row), TargetCheck.parse(facts));
    });
  for (const free of [50e9, 9e9, 8e9, 50e9, 7e9]) await check(free);
  await expect.poll(waiting).toBe(1);
  await expect.poll(() => published("notifications")).toEqual([]);
  expect(await db.notificationDelivery.findMany()).toMatchObject([{ notices: [{ values: { freeBytes: 9e9 } }] }]);
  await db.target.delete({ where: { id } });
});

test("no one reaches an address of this machine that is not allowed, by a test or by a message", async () => {
  const member = await aPerson("member");
  const url = receiver.url.replace("127.0.0.1", "localhost"); // the allowed name is another one
  const { id } = await aChannel(member, { kind: "webhook", url });
  const refused = { code: "channel-address-refused", params: { reason: "console" } };
  for (const [channel, person] of [
    [id, member],
    [id, admin],
    [undefined, admin],
  ] as const) {
    const settings = { kind: "webhook", url } as const;
    expect((await testChannel({ settings, channel }, person, ORIGIN)).problem).toMatchObject(refused);
  }
  // An administrator who tests a member's channel reaches no more than the member does.
  const inside = { kind: "webhook", url: "https://10.255.255.1" } as const;
  const tested = await testChannel({ settings: inside, channel: id }, admin, ORIGIN);
  expect(tested.problem).toMatchObject({ params: { reason: "private" } });
  receiver.requests.length = 0;
  await aRule(member, id);
  const service = await aService(member, { name: "members-own" });
  await fails(service, member);
  await expect.poll(waiting).toBe(1);
  await sendAt(MERGE_MS);
  expect(receiver.requests).toEqual([]);
  const [delivery] = (await listNotifications(member, { limit: 5 })).items;
  expect(delivery?.attempts).toMatchObject([{ problem: { code: "channel-address-refused" } }]);
});

test("a member has neither another's channel nor a service that they may not see, and uses a shared one blindly", async () => {
  const [member, other] = [await aPerson("member"), await aPerson("member")];
  await aService(other, { name: "not-theirs" });
  const foreign = await aWebhook(other);
  const shared = await aChannel(admin, { kind: "gotify", server: receiver.url, token: "A.secret" }, true);
  expect(await listChannels(member)).toMatchObject([{ id: shared.id, settings: null, mayChange: false }]);
  expect((await listChannels(admin)).map(({ id }) => id).sort()).toEqual([foreign.id, shared.id].sort());
  const missing = { code: "not-found" };
  await expect(changeChannel(foreign.id, { name: "mine" }, member)).rejects.toMatchObject(missing);
  await expect(changeChannel(shared.id, { name: "mine" }, member)).rejects.toMatchObject(missing);
  await expect(removeChannel(foreign.id, member)).rejects.toMatchObject(missing);
  const settings = ChannelSettings.parse({ kind: "gotify", server: receiver.url, token: "A" });
  await expect(testChannel({ settings, channel: foreign.id }, member, ORIGIN)).rejects.toMatchObject(missing);
  const invalid = (field: string) => ({ code: "invalid-request", fields: [{ path: [field], code: "not-found" }] });
  await expect(aRule(member, foreign.id)).rejects.toMatchObject(invalid("channel"));
  await expect(aRule(member, shared.id, FAILED, "not-theirs")).rejects.toMatchObject(invalid("service"));
  await expect(aChannel(member, settings, true)).rejects.toMatchObject({ fields: [{ path: ["shared"] }] });
  const rule = await aRule(member, shared.id);
  await expect(changeRule(rule.id, { channel: shared.id, events: FAILED }, other)).rejects.toMatchObject(missing);
  expect(await listRules(other)).toEqual([]);
});

test("settings are encrypted, secrets are kept for their server only, and none is returned", async () => {
  const { id, settings } = await aChannel(admin, { kind: "gotify", server: receiver.url, token: "A.secret" });
  expect(settings).toEqual({ kind: "gotify", server: receiver.url });
  const { sealedSettings } = await db.notificationChannel.findUniqueOrThrow({ where: { id } });
  expect(sealedSettings).toMatch(/^3\./);
  const test = { settings: { kind: "gotify", server: receiver.url } as const, channel: id };
  expect((await testChannel(test, admin, ORIGIN)).problem).toBeNull();
  expect(receiver.requests.at(-1)?.headers["x-gotify-key"]).toBe("A.secret");
  const elsewhere = { settings: { kind: "gotify", server: "https://other.example.com" } as const };
  const required = { code: "invalid-request", fields: [{ path: ["settings", "token"], code: "required" }] };
  await expect(changeChannel(id, elsewhere, admin)).rejects.toMatchObject(required);
  await expect(testChannel({ ...elsewhere, channel: id }, admin, ORIGIN)).rejects.toMatchObject(required);
  const { settings: webhook } = await aWebhook(admin);
  expect(webhook?.secret).toMatch(/^whsec_/);
  await expect(changeChannel(randomUUID(), { name: "x" }, admin)).rejects.toMatchObject({ code: "not-found" });
});
