import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readGitAddress } from "@/lib/contracts/git-source";
import type { Actor } from "@/lib/contracts/user";
import { claimDeployment } from "@/lib/engine/claim-deployment";
import { cancelDeployment } from "@/lib/engine/deployment-commands";
import { requestDeployment } from "@/lib/engine/request-deployment";
import { aPerson, aService } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import type { EventFor } from "@/lib/platform/outbox/domain-events";
import { published } from "@/lib/platform/outbox/test-outbox";
import { queue } from "@/lib/platform/queue/boss";
import { changeGitToken, readGitAccess } from "@/lib/services/git-access-commands";
import { accessTo, findGitAccess } from "@/lib/sources/git/git-access";
import { sendCommitStatuses } from "./commit-statuses";
import { changeHook, readHook } from "./hook-commands";
import { commitOf, ORIGIN } from "./test-hooks";

const TOKEN = "t0ken-of-the-server";
const seen: { url: string; body: { state: string; target_url?: string; description: string } }[] = [];
let answer = 201;
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  seen.push({ url: request.url ?? "", body: JSON.parse(Buffer.concat(chunks).toString()) });
  response.writeHead(answer).end('{"message":"no such repository"}');
});
let admin: Actor & { id: string };
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  admin = await aPerson();
});
afterAll(async () => {
  server.close();
  await (await queue()).stop({ graceful: false });
});
beforeEach(() => {
  seen.length = 0;
  answer = 201;
});

/** A service whose server is the test's, with a token, and a deployment that a worker has claimed. */
async function aRunning(name: string, owner = admin, isSsh = false) {
  const service = await aService(owner, { name });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = `${isSsh ? "ssh://git@127.0.0.1:2222" : origin}/acme/${name}.git`;
  await db.service.update({ where: { id: service.id }, data: { source: { kind: "git", url, ref: "main" } } });
  await changeGitToken(name, { user: "git", secret: TOKEN, ...(isSsh && { server: origin }) }, owner);
  await changeHook(name, { statuses: "gitea" }, owner, ORIGIN);
  const { id } = await requestDeployment({ service: name, commit: commitOf(name) }, owner);
  await claimDeployment(service.id, "test");
  return { service, id };
}
type Event = EventFor<"commit-statuses">;
const tell = (event: Event, at = new Date()) => sendCommitStatuses(event, { at, signal: new AbortController().signal });
const started = (serviceId: string, deploymentId: string): Event => ({
  type: "deployment.started",
  ...{ serviceId, deploymentId },
});
const ended = (serviceId: string, deploymentId: string, state: "succeeded" | "failed"): Event => ({
  type: "deployment.ended",
  ...{ serviceId, deploymentId, state },
});

test("a deployment that is claimed is published once, and its commit is pending, then a success", async () => {
  const { service, id } = await aRunning("told");
  await claimDeployment(service.id, "another");
  const events = (await published("commit-statuses")).filter(
    (event) => "serviceId" in event && event.serviceId === service.id,
  );
  expect(events).toEqual([{ type: "deployment.started", serviceId: service.id, deploymentId: id }]);
  await tell(started(service.id, id));
  await db.deployment.update({ where: { id }, data: { state: "succeeded", finishedAt: new Date() } });
  await tell(ended(service.id, id, "succeeded"));
  expect(seen.map(({ url, body }) => [url, body.state, body.description])).toEqual([
    [
      `/api/v1/repos/acme/told/statuses/${commitOf("told")}`,
      "pending",
      `#1 is deploying ${commitOf("told").slice(0, 7)}`,
    ],
    [`/api/v1/repos/acme/told/statuses/${commitOf("told")}`, "success", `#1 deployed ${commitOf("told").slice(0, 7)}`],
  ]);
  // A start that is told late is no news.
  await tell(started(service.id, id));
  expect(seen).toHaveLength(2);
  const { newestStatus } = await readHook("told", admin, ORIGIN);
  expect(newestStatus).toMatchObject({ state: "success", deploymentId: id, refusedAt: null });
});

test("the server of a repository over SSH is told at the address of its API, with a token that reads nothing", async () => {
  const { service, id } = await aRunning("over-ssh", admin, true);
  await tell(started(service.id, id));
  expect(seen.map(({ url, body }) => [url, body.state])).toEqual([
    [`/api/v1/repos/acme/over-ssh/statuses/${commitOf("over-ssh")}`, "pending"],
  ]);
  const address = readGitAddress("ssh://git@127.0.0.1:2222/acme/over-ssh.git");
  expect(address && accessTo(await findGitAccess(service.id), address)).toEqual({ hostKeys: [] });
  // Neither another host's repository nor its API gets it.
  const elsewhere = { kind: "git", url: "ssh://git@127.0.0.2/acme/over-ssh.git" };
  await db.service.update({ where: { id: service.id }, data: { source: elsewhere } });
  expect((await readGitAccess("over-ssh", admin)).token).toBeNull();
  for (const at of [
    "https://127.0.0.1",
    "ssh://127.0.0.2",
    "https://127.0.0.2/sub",
    "elsewhere",
    "https://a@127.0.0.2",
  ])
    await expect(changeGitToken("over-ssh", { user: "", secret: "x", server: at }, admin)).rejects.toMatchObject({
      code: "invalid-request",
      fields: [{ path: ["server"], code: "not-its-server", params: { server: "https://127.0.0.2:443" } }],
    });
  expect(await changeGitToken("over-ssh", { user: "", secret: "x" }, admin)).toMatchObject({
    token: { server: "https://127.0.0.2:443" },
  });
});

test("what the server refuses is seen by a person; what may get better is tried again, for a day", async () => {
  const { service, id } = await aRunning("untold");
  answer = 503;
  await expect(tell(started(service.id, id))).rejects.toThrow("answered 503");
  expect(await db.commitStatus.count({ where: { serviceId: service.id } })).toBe(0);
  await tell(started(service.id, id), new Date(Date.now() - 25 * 60 * 60_000));
  const newest = async () => (await readHook("untold", admin, ORIGIN)).newestStatus;
  expect(await newest()).toMatchObject({ sentAt: null, detail: expect.stringContaining("503") });
  answer = 404;
  await tell(ended(service.id, id, "failed"));
  expect(await newest()).toMatchObject({ state: "failure", detail: expect.stringContaining("no such repository") });
  expect(JSON.stringify(await newest())).not.toContain(TOKEN);
  const { state } = await db.deployment.findUniqueOrThrow({ where: { id } });
  expect(state).toBe("running");
});

test("no server of a private network is told for a member", async () => {
  const member = await aPerson("member");
  const { service, id } = await aRunning("private", member);
  await tell(started(service.id, id));
  expect(seen).toEqual([]);
  expect((await readHook("private", member, ORIGIN)).newestStatus).toMatchObject({ sentAt: null, state: "pending" });
});

test("without a token, switched off, or before it ever ran, nothing is sent", async () => {
  const { service, id } = await aRunning("silent");
  await changeHook("silent", { statuses: "off" }, admin, ORIGIN);
  await tell(started(service.id, id));
  await changeHook("silent", { statuses: "auto" }, admin, ORIGIN); // the name says nothing of the server
  await tell(started(service.id, id));
  await changeHook("silent", { statuses: "gitea" }, admin, ORIGIN);
  const waiting = await requestDeployment({ service: "silent", commit: commitOf("b") }, admin);
  await cancelDeployment(waiting.id, admin);
  await tell({ type: "deployment.ended", serviceId: service.id, deploymentId: waiting.id, state: "cancelled" });
  await db.gitAccess.deleteMany({ where: { serviceId: service.id } });
  await tell(started(service.id, id));
  await aService(admin, { name: "of-a-folder" });
  const folder = await requestDeployment({ service: "of-a-folder" }, admin);
  await tell(started(folder.service.id, folder.id));
  expect(seen).toEqual([]);
});
