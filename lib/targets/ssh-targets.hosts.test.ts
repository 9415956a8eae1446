/* Servers over SSH as targets, with real servers. */
import { readFile } from "node:fs/promises";
import { beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { takeHosts } from "@/e2e/hosts/take-host";
import { Problem } from "@/lib/contracts/problem";
import { NewServer } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { checkServersThatAreDue, checkTarget, showHostKey, testTarget } from "./check-target";
import { changeTarget, createTarget, removeTarget } from "./target-commands";
import { findTarget, findTargetRow } from "./target-store";

const [web1, web2] = await takeHosts(2);
if (!web1 || !web2) throw new Error("two hosts are needed");
const keyText = (name: keyof typeof web1.keys) => readFile(web1.keys[name].file, "utf8");

let admin: Actor & { id: string };
let pasted: { kind: "private-key"; privateKey: string };
beforeAll(async () => {
  admin = await aPerson("admin");
  pasted = { kind: "private-key", privateKey: await keyText("ed25519") };
});
beforeEach(async () => {
  await db.service.deleteMany();
  await db.target.deleteMany();
});

const aServer = (change: Partial<Record<keyof NewServer, unknown>> = {}) =>
  NewServer.parse({ name: "web-1", host: web1.address, key: pasted, hostKey: web1.hostKeys.ed25519.line, ...change });

async function refusal(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Problem)) throw new Error(`not refused: ${error}`);
  return error;
}
const wrongFields = ({ fields }: Problem) => fields.map(({ path, code }) => [path.join("."), code]);

test("a person is shown the fingerprint that the server itself prints, and the server is added with it", async () => {
  const shown = await showHostKey({ host: web1.address, port: 22 }, admin);
  const printed = await web1.exec(["ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub"]);
  expect(printed).toContain(shown.fingerprint);
  expect(shown).toEqual({ keyType: "ssh-ed25519", ...web1.hostKeys.ed25519 });

  const target = await createTarget(aServer({ hostKey: shown.line }), admin);
  expect(target).toMatchObject({
    name: "web-1",
    kind: "ssh",
    readOnly: false,
    ssh: {
      host: web1.address,
      port: 22,
      user: "root",
      base: "/opt/landfall/services",
      hostKey: shown,
      key: { kind: "private-key", keyType: "ssh-ed25519", fingerprint: expect.stringMatching(/^SHA256:/) },
      jump: null,
    },
    lastCheck: {
      ok: true,
      problem: null,
      os: expect.stringContaining("Debian"),
      tools: {
        docker: expect.stringMatching(/^20\./),
        systemd: expect.stringMatching(/^252/),
        caddy: expect.stringMatching(/^2\./),
        node: expect.stringMatching(/^24\./),
        npm: expect.stringMatching(/^\d/),
        python3: expect.stringMatching(/^3\.11/),
      },
    },
  });
  const { diskFreeBytes, diskTotalBytes, memoryFreeBytes, memoryTotalBytes, cores, latencyMs } = target.lastCheck ?? {};
  expect(diskTotalBytes).toBeGreaterThan(diskFreeBytes ?? Number.POSITIVE_INFINITY);
  expect(memoryTotalBytes).toBeGreaterThan(memoryFreeBytes ?? Number.POSITIVE_INFINITY);
  expect(cores).toBeGreaterThan(0);
  expect(latencyMs).toBeGreaterThanOrEqual(0);
});

test("its key is nowhere to be read: not in the row, the trail or the answer", async () => {
  const secret = pasted.privateKey.split("\n")[2] ?? "";
  expect(secret.length).toBeGreaterThan(40);
  const target = await createTarget(aServer(), admin);
  const row = await db.target.findFirst({ where: { name: "web-1" } });
  const trail = await db.auditEvent.findMany({ where: { subjectId: target.id } });
  expect(trail).toMatchObject([{ action: "target.create", details: { hostKey: web1.hostKeys.ed25519.fingerprint } }]);
  expect(JSON.stringify([target, row, trail])).not.toContain(secret);
});

test("keys that cannot be used are named before anything is asked of the server", async () => {
  const withKey = (key: object) => refusal(createTarget(aServer({ key: { kind: "private-key", ...key } }), admin));
  const locked = await keyText("locked");
  expect(wrongFields(await withKey({ privateKey: "what is this" }))).toEqual([
    ["key.privateKey", "ssh-key-unreadable"],
  ]);
  expect(wrongFields(await withKey({ privateKey: web1.keys.rsa.line }))).toEqual([
    ["key.privateKey", "ssh-key-public"],
  ]);
  expect(wrongFields(await withKey({ privateKey: locked }))).toEqual([["key.passphrase", "ssh-key-locked"]]);
  expect(wrongFields(await withKey({ privateKey: locked, passphrase: "no" }))).toEqual([
    ["key.passphrase", "ssh-key-passphrase-wrong"],
  ]);
  expect(wrongFields(await refusal(createTarget(aServer({ key: { kind: "agent" } }), admin)))).toEqual([
    ["key.kind", "ssh-agent-missing"],
  ]);
  const { passphrase } = web1.keys.locked;
  const target = await createTarget(aServer({ key: { kind: "private-key", privateKey: locked, passphrase } }), admin);
  expect(target.lastCheck).toMatchObject({ problem: null, ok: true });
});

test("a server that shows another key than the confirmed one is not added", async () => {
  const refused = await refusal(createTarget(aServer({ hostKey: web2.hostKeys.ed25519.line }), admin));
  expect(refused).toMatchObject({
    code: "host-key-changed",
    params: { expected: web2.hostKeys.ed25519.fingerprint, received: web1.hostKeys.ed25519.fingerprint },
  });
  expect(wrongFields(refused)).toEqual([["hostKey", "host-key-changed"]]);
  expect(await findTarget("web-1")).toBeNull();
  // Any of the server's keys is accepted as its key.
  const target = await createTarget(aServer({ hostKey: web1.hostKeys.rsa.line }), admin);
  expect(target.lastCheck).toMatchObject({ problem: null, ok: true });
});

test("a key that is let in nowhere is the result of a test and of a check", async () => {
  const key = { kind: "private-key", privateKey: await keyText("stranger") };
  const { name: _, kind, ...tried } = aServer({ key });
  expect(await testTarget({ kind, ...tried }, admin)).toMatchObject({
    ok: false,
    problem: { code: "ssh-auth-failed" },
  });
  expect(await findTarget("web-1")).toBeNull();
  const target = await createTarget(aServer({ key }), admin);
  expect(target.lastCheck).toMatchObject({ ok: false, problem: { code: "ssh-auth-failed", params: { user: "root" } } });

  const mended = await changeTarget("web-1", { key: pasted }, admin);
  expect(mended.lastCheck).toMatchObject({ problem: null, ok: true });
  // A test of an edited target uses the stored keys.
  const { key: __, ...withoutKey } = tried;
  expect(await testTarget({ kind, ...withoutKey, target: "web-1" }, admin)).toMatchObject({ problem: null, ok: true });
});

test("a user with sudo sees what root sees", async () => {
  const { lastCheck } = await createTarget(aServer({ user: "deploy" }), admin);
  expect(lastCheck).toMatchObject({
    problem: null,
    ok: true,
    tools: { docker: expect.any(String), caddy: expect.any(String) },
  });
});

test("a missing Caddy and a stopped Docker are told as missing", async () => {
  await createTarget(aServer(), admin);
  await web1.faults.removeCaddy();
  await web1.faults.stopDockerd();
  try {
    const { lastCheck } = await checkTarget("web-1", admin);
    expect(lastCheck).toMatchObject({
      problem: null,
      ok: true,
      tools: { docker: null, caddy: null, systemd: expect.any(String) },
    });
  } finally {
    await web1.faults.startDockerd();
    await web1.faults.restoreCaddy();
  }
});

test("a changed host key stops everything until a person accepts the new one", async () => {
  const { id } = await createTarget(aServer(), admin);
  await web1.faults.changeHostKey();
  onTestFinished(() => web1.faults.restoreHostKey());
  await web1.faults.cutConnections();
  const { lastCheck } = await checkTarget("web-1", admin);
  const shown = await showHostKey({ host: web1.address, port: 22 }, admin);
  const before = web1.hostKeys.ed25519.fingerprint;
  expect(lastCheck).toMatchObject({
    ok: false,
    problem: { code: "host-key-changed", params: { expected: before, received: shown.fingerprint } },
  });
  const accepted = await changeTarget("web-1", { hostKey: shown.line }, admin);
  expect(accepted.lastCheck).toMatchObject({ problem: null, ok: true });
  const trail = await db.auditEvent.findMany({ where: { subjectId: id, action: "target.change" } });
  expect(trail).toMatchObject([{ details: { hostKey: { from: before, to: shown.fingerprint } } }]);
});

test("another address is fine when the same server answers there, and no one else", async () => {
  await createTarget(aServer(), admin);
  const elsewhere = await refusal(changeTarget("web-1", { host: web2.address }, admin));
  expect(elsewhere.code).toBe("host-key-changed");
  const moved = await changeTarget("web-1", { host: web1.insideAddress, user: "deploy", name: "web-one" }, admin);
  expect(moved).toMatchObject({
    name: "web-one",
    ssh: { host: web1.insideAddress, user: "deploy" },
    lastCheck: { problem: null, ok: true },
  });
  expect(await findTarget("web-1")).toBeNull();
});

test("a server behind a jump host: its own key, or the same; both host keys are asked for", async () => {
  const jump = { host: web1.address, port: 22, user: "deploy", hostKey: web1.hostKeys.ed25519.line };
  const behind = { host: web2.insideAddress, port: 22 };
  const shown = await showHostKey({ ...behind, jump: { ...jump, key: pasted } }, admin);
  expect(shown.fingerprint).toBe(web2.hostKeys.ed25519.fingerprint);
  const unsigned = await refusal(showHostKey({ ...behind, jump: { ...jump, key: { kind: "same" } } }, admin));
  expect(wrongFields(unsigned)).toEqual([["key", "required"]]);

  const server = { ...behind, hostKey: shown.line, name: "web-2" };
  const wrong = aServer({ ...server, jump: { ...jump, hostKey: web2.hostKeys.ed25519.line } });
  expect(wrongFields(await refusal(createTarget(wrong, admin)))).toEqual([["jump.hostKey", "host-key-changed"]]);

  const own = { kind: "private-key", privateKey: await keyText("ecdsa") };
  const target = await createTarget(aServer({ ...server, jump: { ...jump, key: own } }), admin);
  expect(target).toMatchObject({
    lastCheck: { problem: null, ok: true },
    ssh: { jump: { user: "deploy", key: { kind: "private-key", keyType: "ecdsa-sha2-nistp256" } } },
  });
  // A jump host without a key in the change keeps its stored key.
  const kept = await changeTarget("web-2", { jump: { ...jump, user: "root" } }, admin);
  expect(kept).toMatchObject({
    lastCheck: { problem: null, ok: true },
    ssh: { jump: { user: "root", key: { kind: "private-key" } } },
  });
  const same = await changeTarget("web-2", { jump: { ...jump, key: { kind: "same" } } }, admin);
  expect(same).toMatchObject({
    lastCheck: { problem: null, ok: true },
    ssh: { jump: { key: { kind: "same", fingerprint: null } } },
  });
  expect(await showHostKey({ ...behind, jump, target: "web-2" }, admin)).toEqual(shown);
});

test("services hold their folder and their server; what is removed is forgotten, and its name is free", async () => {
  const { id } = await createTarget(aServer(), admin);
  const source = { kind: "folder", path: "/srv" };
  const service = await db.service.create({
    data: { name: "shop", ownerId: admin.id, targetId: id, driver: "docker", source, port: 80 },
  });
  expect(wrongFields(await refusal(changeTarget("web-1", { base: "/srv/other" }, admin)))).toEqual([
    ["base", "base-in-use"],
  ]);
  expect((await refusal(removeTarget("web-1", admin))).code).toBe("target-in-use");

  await db.service.update({ where: { id: service.id }, data: { deletedAt: new Date() } });
  await removeTarget("web-1", admin);
  expect(await findTarget("web-1")).toBeNull();
  expect(await db.target.findUnique({ where: { id } })).toMatchObject({
    name: "web-1",
    settings: {},
    sealedSecrets: null,
    hostKey: null,
  });
  expect((await createTarget(aServer(), admin)).id).not.toBe(id);
  expect((await refusal(createTarget(aServer(), admin))).code).toBe("name-taken");
});

test("of several workers one looks at each server that is due, and at none that rests", async () => {
  await createTarget(aServer(), admin);
  await createTarget(aServer({ name: "resting" }), admin);
  await changeTarget("resting", { disabled: true }, admin);
  const longAgo = new Date(Date.now() - 6 * 60_000);
  await db.target.updateMany({ data: { lastCheckAt: longAgo, lastCheck: { ok: false, tools: {}, problem: null } } });
  const { signal } = new AbortController();
  await Promise.all([checkServersThatAreDue(signal), checkServersThatAreDue(signal)]);
  expect((await findTarget("web-1"))?.lastCheck).toMatchObject({ problem: null, ok: true });
  expect((await findTarget("resting"))?.lastCheck).toMatchObject({ ok: false });
  const row = await findTargetRow("web-1");
  const at = (await findTarget("web-1"))?.lastCheckAt;
  await checkServersThatAreDue(signal);
  expect((await findTarget("web-1"))?.lastCheckAt).toBe(at);
  expect(row?.disabledAt).toBeNull();
});

test("a repeat of the same request adds it once", async () => {
  const key = { idempotencyKey: "once", requestHash: "h" };
  const first = await createTarget(aServer(), admin, key);
  expect((await createTarget(aServer(), admin, key)).id).toBe(first.id);
});
