import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyEvent } from "@/lib/contracts/apply-event";
import type { SourceOf } from "@/lib/contracts/source";
import type { Actor } from "@/lib/contracts/user";
import { findSupervisor } from "@/lib/drivers/process/supervisor-client";
import { previewRollback } from "@/lib/engine/releases/preview-rollback";
import { listReleases } from "@/lib/engine/releases/release-store";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { queue } from "@/lib/platform/queue/boss";
import { changeService } from "@/lib/services/change-service";
import { changeGitToken, createDeployKey, readGitAccess, removeGitToken } from "@/lib/services/git-access-commands";
import { testGitSource } from "@/lib/services/test-git-source";
import { TestGitServer, type TestRepository } from "@/lib/sources/git/test-git-server";
import { hostPlaceOf } from "@/lib/targets/test-host";
import { getDeployment } from "./deployment-store";
import { readEvents } from "./follow-deployment";
import { listCommits } from "./list-commits";
import { readLog } from "./log-store";
import { requestDeployment, requestRemoval, requestRollback } from "./request-deployment";
import { runDeployment } from "./run-deployment";
import { aLocalTarget, aPerson, aService } from "./test-service";

const SERVER = (version: string) => `
  import { createServer } from "node:http";
  createServer((_, response) => response.end(JSON.stringify({ version: "${version}" }))).listen(process.env.PORT);`;
const QUICK = { portTimeoutMs: 15_000, intervalMs: 50, goodIntervalMs: 20, stabilityMs: 200, drainMs: 500 };

let admin: Actor & { id: string };
let server: TestGitServer;
beforeAll(async () => {
  server = await TestGitServer.start();
  admin = await aPerson();
});
afterAll(async () => {
  for (const { id, name, currentReleaseId } of await db.service.findMany({ where: { deletedAt: null } })) {
    if (currentReleaseId === null) continue;
    await requestRemoval(name, admin);
    await run(id);
  }
  const supervisor = await findSupervisor(await hostPlaceOf(await aLocalTarget()));
  await supervisor?.shutDown();
  await (await queue()).stop({ graceful: false });
  await server[Symbol.asyncDispose]();
});

/** A service whose source is a repository of the test's server. */
async function fromGit(name: string, files: Record<string, string>, owner: Actor & { id: string } = admin) {
  const repository = await server.repository(`${name}.git`, files);
  const service = await aService(owner, { name, settings: { start: "node server.mjs", install: "none" } });
  const source: SourceOf<"git"> = { kind: "git", url: server.url(`${name}.git`), ref: "main" };
  await db.service.update({ where: { id: service.id }, data: { source, health: QUICK } });
  const ask = async () => (await fetch(`http://127.0.0.1:${service.port}/health`)).json();
  return { repository, service, ask };
}

/** The command lines and environments of all processes, as other users of a machine may see them. */
function processesNow(): string {
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return ids.flatMap((id) => ["cmdline", "environ"].map((file) => readNow(`/proc/${id}/${file}`))).join("\n");
}

/** Empty for a process that has just ended. */
function readNow(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

async function deploy(name: string, more: { commit?: string } = {}) {
  const { id, service } = await requestDeployment({ service: name, ...more }, admin);
  await run(service.id);
  return getDeployment(id);
}

const run = (serviceId: string) =>
  runDeployment(serviceId, { workerId: "w", handOver: new AbortController().signal, onStart: () => {} });
const head = (repository: TestRepository) => repository.git("rev-parse", "HEAD");

test("a deployment freezes a commit, and a rollback to it asks no Git server", async () => {
  const { repository, service, ask } = await fromGit("shop", { "server.mjs": SERVER("1") });
  const first = await head(repository);
  const asked = await requestDeployment({ service: "shop" }, admin);
  expect(asked).toMatchObject({ commit: null, sourceDescription: { code: "git-unread" } });
  await run(service.id);
  const one = await getDeployment(asked.id);
  const commit = { id: first, message: "first", author: "Ana Pérez", at: expect.any(String) };
  expect(one).toMatchObject({ state: "succeeded", commit, sourceDescription: { code: "git" } });
  // The page that was open meanwhile knows it too.
  const events = await readEvents(asked.id, asked.lastEvent);
  expect(events.reduce(applyEvent, asked)).toMatchObject({ commit, sourceDescription: one.sourceDescription });
  const { lines } = await readLog(asked.id, { limit: 200 });
  expect(lines.map(({ line }) => line[2])).toContain(`commit ${first.slice(0, 7)} of main by Ana Pérez: first`);

  await repository.push("between", {});
  const second = await repository.push("second", { "server.mjs": SERVER("2") });
  expect(await deploy("shop")).toMatchObject({ state: "succeeded", commit: { id: second } });
  expect(await ask()).toEqual({ version: "2" });
  expect((await listReleases(service.id)).map((release) => release.commit?.id)).toEqual([second, first]);

  const { commits } = await listCommits("shop", admin);
  expect(commits.map(({ message, isLive, deployment }) => [message, isLive, deployment?.number ?? null])).toEqual([
    ["second", true, 2],
    ["between", false, null],
    ["first", false, 1],
  ]);

  server.first = (_, response) => response.writeHead(500).end() && true;
  server.requests.length = 0;
  const preview = await previewRollback("shop", admin);
  expect(preview.commits).toEqual({
    added: [],
    removed: [expect.objectContaining({ id: second }), expect.objectContaining({ message: "between" })],
    compareUrl: null,
  });
  const back = await requestRollback({ serviceName: "shop" }, admin);
  await run(service.id);
  expect(await getDeployment(back.id)).toMatchObject({ state: "succeeded", kind: "rollback", commit: { id: first } });
  expect(await ask()).toEqual({ version: "1" });
  expect(server.requests).toEqual([]);
  server.first = null;
});

test("one commit of the branch is deployed where it is asked for; only a service from Git has commits", async () => {
  const { repository } = await fromGit("chosen", { "server.mjs": SERVER("1") });
  const first = await head(repository);
  await repository.push("second", { "server.mjs": SERVER("2") });
  expect(await deploy("chosen", { commit: first })).toMatchObject({ state: "succeeded", commit: { id: first } });
  expect(await deploy("chosen", { commit: "f".repeat(40) })).toMatchObject({
    state: "failed",
    problem: { code: "git-commit-missing" },
    commit: null,
  });
  await aService(admin, { name: "in-a-folder" });
  const asked = requestDeployment({ service: "in-a-folder", commit: first }, admin);
  await expect(asked).rejects.toMatchObject({ fields: [{ path: ["commit"], code: "commit-needs-git" }] });
  await expect(listCommits("in-a-folder", admin)).rejects.toMatchObject({ code: "git-not-applicable" });
});

test("a token is sent to the server that it was stored for, and is nowhere in clear", async () => {
  const { service } = await fromGit("private", { "server.mjs": SERVER("1") });
  server.credentials = "deploy:s3cr3t-t0ken";
  expect(await deploy("private")).toMatchObject({ state: "failed", problem: { code: "git-access-refused" } });
  const view = await changeGitToken("private", { user: "deploy", secret: "s3cr3t-t0ken" }, admin);
  expect(view).toMatchObject({ token: { user: "deploy" }, hostKey: { state: "not-needed" } });
  const processes: string[] = [];
  server.first = () => {
    processes.push(processesNow());
    return false;
  };
  const deployed = await deploy("private");
  server.first = null;
  expect(deployed).toMatchObject({ state: "succeeded" });
  expect(processes.join()).toContain(`/private.git`);
  expect(processes.join()).not.toContain("s3cr3t");
  const { lines } = await readLog(deployed.id, { limit: 1_000 });
  const kept = [
    view,
    lines,
    await readEvents(deployed.id, 0),
    await db.gitAccess.findMany(),
    await db.auditEvent.findMany(),
  ];
  expect(JSON.stringify(kept)).not.toContain("s3cr3t");
  for (const file of await readdir(join(env.LANDFALL_DATA_DIR, "git"), { recursive: true, withFileTypes: true }))
    if (file.isFile())
      expect(await readFile(join(file.parentPath, file.name), "latin1"), file.name).not.toContain("s3cr3t");
  expect((await removeGitToken("private", admin)).token).toBeNull();
  await changeGitToken("private", { user: "deploy", secret: "s3cr3t-t0ken" }, admin);
  await requestRemoval("private", admin);
  await run(service.id);
  expect(await db.gitAccess.count({ where: { serviceId: service.id } })).toBe(0);
  server.credentials = null;
});

test("whoever changes the address to a server of theirs is not sent the token, and has it again only where it belongs", async () => {
  const { service } = await fromGit("taken", { "server.mjs": SERVER("1") });
  await changeGitToken("taken", { user: "deploy", secret: "s3cr3t-t0ken" }, admin);
  const thief = await TestGitServer.start();
  const sent: IncomingMessage["headers"][] = [];
  thief.credentials = "anything:else";
  thief.first = ({ headers }) => {
    sent.push(headers);
    return false;
  };
  await thief.repository("taken.git", { "server.mjs": SERVER("1") });
  const source: SourceOf<"git"> = { kind: "git", url: thief.url("taken.git") };
  await changeService("taken", { source }, admin);
  expect(await readGitAccess("taken", admin)).toMatchObject({ server: `http://127.0.0.1:${thief.port}`, token: null });
  expect(await deploy("taken")).toMatchObject({ state: "failed", problem: { code: "git-access-refused" } });
  expect(await testGitSource({ source, service: "taken" }, admin)).toMatchObject({ readable: false });
  await listCommits("taken", admin).catch(() => {});
  expect(sent.length).toBeGreaterThan(2);
  expect(sent.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  // The test of a source sends the service's token no further than a deployment does, whatever it is asked to test.
  const own: SourceOf<"git"> = { kind: "git", url: server.url("taken.git") };
  await changeService("taken", { source: own }, admin);
  await testGitSource({ source, service: "taken" }, admin);
  expect(sent.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  expect((await readGitAccess("taken", admin)).token).toMatchObject({ user: "deploy" });
  expect(service.ownerId).toBe(admin.id);
  await thief[Symbol.asyncDispose]();
});

test("a test says how far it came, and what would be started", async () => {
  const repository = await server.repository("tested.git", {
    "web/package.json": JSON.stringify({ scripts: { start: "node server.js" } }),
    "web/server.js": "",
  });
  await repository.push("other", {}, "feature/x");
  const commit = await head(repository);
  await repository.push("newest", {});
  const source: SourceOf<"git"> = { kind: "git", url: server.url("tested.git"), ref: "main", path: "web" };
  expect(await testGitSource({ source }, admin)).toMatchObject({
    reachable: true,
    readable: true,
    ref: "main",
    commit: { message: "newest" },
    branches: ["feature/x", "main"],
    detected: { start: expect.stringContaining("server.js") },
    problem: null,
  });
  expect(commit).toMatch(/^[0-9a-f]{40}$/);
  const gone = await testGitSource({ source: { ...source, ref: "gone" } }, admin);
  expect(gone).toMatchObject({ readable: true, commit: null, problem: { code: "git-ref-missing" } });
  expect(gone.branches).toEqual(["feature/x", "main"]);
  const missing = { ...source, path: "api" };
  expect(await testGitSource({ source: missing }, admin)).toMatchObject({ problem: { code: "git-folder-missing" } });
  const unreachable: SourceOf<"git"> = { kind: "git", url: "http://127.0.0.1:1/a.git" };
  expect(await testGitSource({ source: unreachable }, admin)).toMatchObject({
    reachable: false,
    problem: { code: "git-unreachable" },
  });
  server.credentials = "deploy:right";
  const token = { user: "deploy", secret: "right" };
  expect(await testGitSource({ source }, admin)).toMatchObject({
    reachable: true,
    readable: false,
    problem: { code: "git-access-refused" },
  });
  expect(await testGitSource({ source, token }, admin)).toMatchObject({ readable: true, problem: null });
  server.credentials = null;
  const member = await aPerson("member");
  expect(await testGitSource({ source }, member)).toMatchObject({ problem: { code: "git-address-refused" } });
  // Of another's service a member learns nothing, and an administrator's service lends a member none of its reach.
  await expect(testGitSource({ source, service: "shop" }, member)).rejects.toMatchObject({ code: "not-found" });
  await expect(testGitSource({ source }, await aPerson("viewer"))).rejects.toMatchObject({ code: "forbidden" });
});

test("what is detected in a repository is read of it alone, wherever its links lead", async () => {
  const repository = await server.repository("linked.git", { "a.txt": "1" });
  await repository.git("config", "core.symlinks", "true");
  const { symlink } = await import("node:fs/promises");
  await symlink("/etc/hostname", join(repository.folder, "Procfile"));
  await symlink("/etc/passwd", join(repository.folder, "package.json"));
  await repository.push("links");
  const source: SourceOf<"git"> = { kind: "git", url: server.url("linked.git") };
  const result = await testGitSource({ source }, admin);
  expect(result).toMatchObject({ readable: true, detected: null, problem: { code: "source-not-deployable" } });
  expect(JSON.stringify(result)).not.toContain("root:");
});

test("a deploy key is made here, in OpenSSH's form, and only its public half is answered", async () => {
  await fromGit("keyed", { "server.mjs": SERVER("1") });
  await db.service.update({
    where: { id: (await db.service.findFirstOrThrow({ where: { name: "keyed" } })).id },
    data: { source: { kind: "git", url: "git@github.com:acme/keyed.git" } },
  });
  const view = await createDeployKey("keyed", admin);
  expect(view.publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+ landfall keyed$/);
  expect(view).toMatchObject({ server: "ssh://github.com:22", hostKey: { state: "published" } });
  expect(JSON.stringify(view)).not.toContain("PRIVATE");
  expect((await createDeployKey("keyed", admin)).publicKey).not.toBe(view.publicKey);
  // It is read with the key; the token is for its API.
  const { token } = await changeGitToken("keyed", { user: "git", secret: "x" }, admin);
  expect(token).toEqual({ user: "git", server: "https://github.com:443" });
  const [row] = await db.gitAccess.findMany({ where: { service: { name: "keyed" } } });
  expect(row?.sealedKey).toMatch(/^3\./);
});
