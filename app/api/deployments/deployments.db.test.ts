import { createParser, type EventSourceMessage } from "eventsource-parser";
import { beforeAll, expect, test } from "vitest";
import type { PhaseView } from "@/lib/contracts/deployment";
import type { DeploymentEvent } from "@/lib/contracts/event";
import { fact } from "@/lib/contracts/fact";
import type { Actor } from "@/lib/contracts/user";
import { aUser } from "@/lib/domain/users/test-people";
import { aService } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { stopListening } from "@/lib/platform/db/listen";
import { asToken } from "@/lib/web/auth/test-callers";
import { call, type TestCall } from "@/lib/web/http/test-call";
import { GET as deployerJob } from "../deploy/[jobId]/route";
import { POST as cancel } from "./[deploymentId]/cancel/route";
import { GET as events } from "./[deploymentId]/events/route";
import { GET as logs } from "./[deploymentId]/logs/route";
import { POST as retry } from "./[deploymentId]/retry/route";
import { GET as preview, POST as rollback } from "./[deploymentId]/rollback/route";
import { GET as detail } from "./[deploymentId]/route";
import { POST as deploy, GET as list } from "./route";

let owner: Actor & { id: string };
let mine: Record<string, string>;
beforeAll(async () => {
  const user = await aUser("member");
  owner = { id: user.id, name: user.name, role: "member" };
  mine = await asToken(user);
  return stopListening;
});

let services = 0;
const aNewService = () => aService(owner, { name: `service-${++services}` });
const asked = (service: string, more: TestCall = {}) =>
  call(deploy, { method: "POST", path: "/api/deployments", headers: mine, body: { service }, ...more });

test("a deployment is accepted with its address, and is there at once", async () => {
  const { name } = await aNewService();
  const { status, headers, body } = await asked(name);
  expect(status).toBe(202);
  expect(headers.get("location")).toBe(`/api/deployments/${body.id}`);
  expect(body).toMatchObject({
    number: 1,
    kind: "deploy",
    state: "queued",
    position: 1,
    service: { name },
    trigger: "api",
  });
  expect(body).not.toHaveProperty("ownerId");
  const again = await call(detail, { headers: mine, params: { deploymentId: body.id } });
  expect(again.body).toEqual(body);
});

test("a repeat under the same key is the same deployment; another request under it is refused", async () => {
  const [one, other] = [await aNewService(), await aNewService()];
  const headers = { ...mine, "idempotency-key": "press-once" };
  const [first, second] = [await asked(one.name, { headers }), await asked(one.name, { headers })];
  expect(second.body.id).toBe(first.body.id);
  const { status, body } = await asked(other.name, { headers });
  expect([status, body.code]).toEqual([409, "idempotency-key-reused"]);
  expect(await db.deployment.count({ where: { serviceId: { in: [one.id, other.id] } } })).toBe(1);
});

test("lists are narrowed by filters and read page by page", async () => {
  const { name } = await aNewService();
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.unshift((await asked(name)).body.id);
  const seen: string[] = [];
  for (let after = ""; ; ) {
    const { body } = await call(list, {
      path: `/api/deployments?service=${name}&limit=2${after && `&after=${after}`}`,
      headers: mine,
    });
    seen.push(...body.items.map(({ id }: { id: string }) => id));
    if (body.next === null) break;
    after = body.next;
  }
  expect(seen).toEqual(ids);
  const none = await call(list, { path: `/api/deployments?service=${name}&state=failed`, headers: mine });
  expect(none.body.items).toEqual([]);
});

test("a number finds the deployments that people may read, of every service or of those with a part of a name", async () => {
  const stranger = await aUser("member");
  const theirs = await aService({ ...stranger, role: "member" }, { name: "theirs" });
  const services = { shop: await aNewService(), other: await aNewService(), theirs };
  for (const [n, { id: serviceId, targetId }] of Object.values(services).entries())
    for (const number of [41, 410, 4100 + n])
      await db.deployment.create({
        data: {
          serviceId,
          targetId,
          number,
          kind: "deploy",
          state: "failed",
          driver: "process",
          spec: {},
          trigger: "api",
        },
      });
  const { shop, other } = services;
  const found = async (query: string, headers: Record<string, string>) =>
    (await call(list, { path: `/api/deployments?${query}`, headers })).body.items.map(
      ({ service, number }: { service: { name: string }; number: number }) => `${service.name} #${number}`,
    );
  const asStranger = await asToken(stranger);
  const [all, own] = [
    [theirs, other, shop],
    [other, shop],
  ].map((of) => of.map(({ name }) => `${name} #41`));
  for (const role of ["admin", "viewer"] as const)
    expect(await found("number=41", await asToken(await aUser(role))), role).toEqual(all);
  expect(await found("number=41", mine)).toEqual(own);
  expect(await found("number=41", asStranger)).toEqual([`${theirs.name} #41`]);
  expect(await found("number=41", await asToken(await aUser("member")))).toEqual([]);
  expect(await found("number=41", await asToken(owner, { services: [shop.id] }))).toEqual([`${shop.name} #41`]);
  expect(await found("number=41&limit=1", mine)).toEqual(own?.slice(0, 1));
  expect(await found(`number=410&search=${shop.name.toUpperCase()}`, mine)).toContain(`${shop.name} #410`);
  expect(await found(`number=41&search=${theirs.name}`, mine)).toEqual([]);
  expect(await found("number=41&search=HEIR", await asToken(await aUser("admin")))).toEqual([`${theirs.name} #41`]);
  expect(await found("number=4101", mine)).toEqual([`${other.name} #4101`]);
});

test.each([
  "number=0",
  "number=2147483648",
  "number=4.1",
  "state=broken",
  "limit=101",
  "after=7",
  "servise=x",
  "limit=1&limit=2",
])("?%s is a problem that names it", async (query) => {
  const { status, body } = await call(list, { path: `/api/deployments?${query}`, headers: mine });
  expect([status, body.code]).toEqual([400, "invalid-request"]);
  expect(body.fields[0].path[0]).toBe(query.split("=")[0]);
});

test("one that waits is cancelled at once, and only once", async () => {
  const { name } = await aNewService();
  const params = { deploymentId: (await asked(name)).body.id };
  const first = await call(cancel, { method: "POST", headers: mine, params });
  expect([first.status, first.body.state]).toEqual([202, "cancelled"]);
  const second = await call(cancel, { method: "POST", headers: mine, params });
  expect([second.status, second.body.code]).toEqual([409, "deployment-not-cancellable"]);
});

test("there is nothing to retry and nothing to go back to before the first release", async () => {
  const { name } = await aNewService();
  const params = { deploymentId: (await asked(name)).body.id };
  expect((await call(retry, { method: "POST", headers: mine, params })).body.code).toBe("deployment-not-retryable");
  expect((await call(rollback, { method: "POST", headers: mine, params })).body.code).toBe("no-previous-release");
  expect((await call(preview, { headers: mine, params })).body.code).toBe("no-previous-release");
  const wrong = await call(preview, { headers: mine, params, path: "/api/x?releaseId=41" });
  expect([wrong.status, wrong.body.fields[0].code]).toEqual([400, "not-an-id"]);
});

/** A deployment that has ended, with a log of `lines` lines in chunks of ten. */
async function aFinishedDeployment(lines: number) {
  const service = await aNewService();
  const { id } = (await asked(service.name)).body as { id: string };
  const before = (await db.deployment.findUniqueOrThrow({ where: { id } })).lastEvent;
  const at = new Date().toISOString();
  const started: DeploymentEvent = { type: "phase-started", phase: "build", attempt: 1, at };
  const ended: DeploymentEvent = { type: "state", state: "succeeded", at, durationMs: 5 };
  const chunks = Array.from({ length: Math.ceil(lines / 10) }, (_, chunk) => {
    const count = Math.min(10, lines - chunk * 10);
    const texts = Array.from({ length: count }, (_, n) => [0, "o", `line ${chunk * 10 + n + 1}`]);
    return {
      deploymentId: id,
      number: before + 2 + chunk,
      phase: "build",
      firstLine: chunk * 10 + 1,
      lineCount: count,
      lines: texts,
    };
  });
  const lastEvent = before + chunks.length + 2;
  await db.event.create({ data: { deploymentId: id, number: before + 1, type: started.type, data: started } });
  await db.logChunk.createMany({ data: chunks });
  await db.event.create({ data: { deploymentId: id, number: lastEvent, type: ended.type, data: ended } });
  await db.deployment.update({ where: { id }, data: { state: "succeeded", lastEvent, logLines: lines } });
  return { id, lastEvent, fileName: `${service.name}-1.log` };
}

async function follow(id: string, more: TestCall = {}): Promise<EventSourceMessage[]> {
  const { text } = await call(events, { headers: mine, params: { deploymentId: id }, ...more });
  const messages: EventSourceMessage[] = [];
  createParser({ onEvent: (message) => messages.push(message) }).feed(text);
  return messages;
}

test("following shows every event once, in order, and ends", async () => {
  const { id, lastEvent } = await aFinishedDeployment(95);
  const messages = await follow(id);
  expect(messages.map((message) => Number(message.id))).toEqual(Array.from({ length: lastEvent }, (_, n) => n + 1));
  expect(messages.at(-1)?.event).toBe("state");
});

test("one who was away goes on after the last number, and is told when there is nothing more", async () => {
  const { id, lastEvent } = await aFinishedDeployment(20);
  const rest = await follow(id, { headers: { ...mine, "last-event-id": String(lastEvent - 1) } });
  expect(rest.map((message) => Number(message.id))).toEqual([lastEvent]);
  expect(await follow(id, { path: `/api/x?after=${lastEvent - 2}` })).toHaveLength(2);
  const none = await call(events, {
    headers: { ...mine, "last-event-id": String(lastEvent) },
    params: { deploymentId: id },
  });
  expect(none.status).toBe(204);
  const nonsense = await follow(id, { headers: { ...mine, "last-event-id": "x'; --" } });
  expect(nonsense).toHaveLength(lastEvent);
});

test("a phase has its facts, and beside them their English text in every language; an older one has its text alone", async () => {
  const { id, lastEvent } = await aFinishedDeployment(10);
  const facts = [fact("sent-changed-files", { files: 1_004, size: 21_312_000, changed: 3 })];
  const text = "1,004 files, 21.3 MB, 3 changed";
  const told = {
    type: "phase-finished",
    phase: "transfer",
    status: "succeeded",
    at: new Date().toISOString(),
    durationMs: 5,
  };
  await db.phase.updateMany({ where: { deploymentId: id, key: "transfer" }, data: { facts } });
  await db.phase.updateMany({ where: { deploymentId: id, key: "build" }, data: { detail: "npm ci (2.1 s)" } });
  await db.event.create({
    data: { deploymentId: id, number: lastEvent + 1, type: told.type, data: { ...told, facts } },
  });
  await db.deployment.update({ where: { id }, data: { lastEvent: lastEvent + 1 } });
  const { body } = await call(detail, { headers: { ...mine, "accept-language": "ar" }, params: { deploymentId: id } });
  const phases = new Map(body.phases.map((phase: PhaseView) => [phase.key, phase]));
  expect(phases.get("transfer")).toMatchObject({ detail: text, facts });
  expect(phases.get("build")).toMatchObject({ detail: "npm ci (2.1 s)", facts: [] });
  expect(phases.get("start")).toMatchObject({ detail: null, facts: [] });
  expect(JSON.parse((await follow(id)).at(-1)?.data ?? "")).toMatchObject({ detail: text, facts });
  const job = await call(deployerJob, { headers: mine, params: { jobId: id } });
  expect(job.body.phases.map(({ details }: { details: string }) => details)).toEqual([
    "",
    text,
    "npm ci (2.1 s)",
    "",
    "",
    "",
  ]);
});

test("lines are read by range and by search, and downloaded whole", async () => {
  const { id, fileName } = await aFinishedDeployment(57);
  const read = (query: string) => call(logs, { path: `/api/x?${query}`, headers: mine, params: { deploymentId: id } });
  const range = (await read("from=21&limit=3")).body;
  expect(range.lines.map(({ n }: { n: number }) => n)).toEqual([21, 22, 23]);
  expect(range.total).toBe(57);
  const found = (await read("search=LINE%201")).body;
  expect(found.total).toBe(11);
  expect((await read("search=%25")).body.total).toBe(0);
  const file = await read("download=1");
  expect(file.headers.get("content-disposition")).toBe(`attachment; filename="${fileName}"`);
  expect(file.text.trim().split("\n")).toHaveLength(57);
});
