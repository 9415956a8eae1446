/* The server that the environment names, with a real server. */
import { chmod, copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import type { Actor } from "@/lib/contracts/user";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { testDatabase } from "@/lib/platform/db/test-database";
import { readEnv } from "@/lib/platform/env";
import { checkTarget, showHostKey } from "./check-target";
import { ensureEnvironmentTarget, ensureLocalTarget } from "./ensure-targets";
import { changeTarget } from "./target-commands";
import { findDeployerTarget, findTarget, listTargets } from "./target-store";

const host = await takeHost();
const keyFile = join((await testDatabase()).dataDir, "id_ed25519");
// Set before anything reads the environment.
Object.assign(process.env, { SERVER_HOST: host.address, SSH_KEY_PATH: keyFile, SERVICES_DIR: "/srv/landfall" });

const variables = (change: Record<string, string | undefined> = {}) => readEnv({ ...process.env, ...change });
const code = (expected: string) => expect.objectContaining({ code: expected });

let admin: Actor & { id: string };
beforeAll(async () => {
  admin = await aPerson("admin");
});
beforeEach(async () => {
  await db.target.deleteMany();
  await copyFile(host.keys.ed25519.file, keyFile);
  await chmod(keyFile, 0o600);
});
afterEach(() => rm(keyFile, { force: true }));

test("it appears by itself, and nothing is sent to it before a person has confirmed its fingerprint", async () => {
  await Promise.all([ensureEnvironmentTarget(), ensureEnvironmentTarget()]);
  expect(await listTargets()).toMatchObject([
    {
      name: "server",
      readOnly: true,
      ssh: {
        host: host.address,
        user: "root",
        base: "/srv/landfall",
        hostKey: null,
        isHostKeyFixed: false,
        key: { kind: "file", keyType: "ssh-ed25519", fingerprint: expect.stringMatching(/^SHA256:/) },
      },
    },
  ]);
  const unconfirmed = await checkTarget("server", admin);
  expect(unconfirmed.lastCheck).toMatchObject({ ok: false, problem: { code: "host-key-unconfirmed" } });

  await expect(changeTarget("server", { user: "deploy" }, admin)).rejects.toEqual(code("read-only"));
  const { line } = await showHostKey({ host: host.address, port: 22 }, admin);
  const confirmed = await changeTarget("server", { hostKey: line }, admin);
  expect(confirmed).toMatchObject({ lastCheck: { ok: true }, ssh: { hostKey: host.hostKeys.ed25519 } });

  await ensureEnvironmentTarget();
  expect((await findTarget("server"))?.ssh?.hostKey).toMatchObject(host.hostKeys.ed25519);
});

test("a key file that cannot be used is told by the check", async () => {
  await ensureEnvironmentTarget(variables({ SERVER_HOST_KEY: host.hostKeys.ed25519.line }));
  const problem = async () => (await checkTarget("server", admin)).lastCheck?.problem?.code;
  await chmod(keyFile, 0o644);
  expect(await problem()).toBe("ssh-key-file-exposed");
  await rm(keyFile);
  expect(await problem()).toBe("ssh-key-file-unreadable");
  await copyFile(host.keys.locked.file, keyFile);
  await chmod(keyFile, 0o600);
  expect(await problem()).toBe("ssh-key-locked");
  await copyFile(host.keys.stranger.file, keyFile);
  expect(await problem()).toBe("ssh-auth-failed");
  await copyFile(host.keys.rsa.file, keyFile);
  expect(await problem()).toBeUndefined();
});

test("a host key from the environment holds, and is accepted nowhere else", async () => {
  const scanned = `${host.address} ${host.hostKeys.ecdsa.line} some comment`;
  await ensureEnvironmentTarget(variables({ SERVER_HOST_KEY: scanned }));
  expect(await checkTarget("server", admin)).toMatchObject({
    lastCheck: { ok: true },
    ssh: { hostKey: host.hostKeys.ecdsa, isHostKeyFixed: true },
  });
  const other = changeTarget("server", { hostKey: host.hostKeys.ed25519.line }, admin);
  await expect(other).rejects.toEqual(code("read-only"));
});

test("it follows its variables, rests while they are gone, and comes back", async () => {
  await ensureEnvironmentTarget(variables({ SERVER_HOST_KEY: host.hostKeys.ed25519.line }));
  // Without the variable the confirmed key stays valid; at another address it does not.
  await ensureEnvironmentTarget(variables());
  expect((await findTarget("server"))?.ssh?.hostKey).toMatchObject(host.hostKeys.ed25519);
  await ensureEnvironmentTarget(variables({ SERVER_HOST: host.insideAddress, SERVER_USER: "deploy" }));
  expect(await findTarget("server")).toMatchObject({
    ssh: { host: host.insideAddress, user: "deploy", hostKey: null },
  });

  await ensureEnvironmentTarget(variables({ SERVER_HOST: undefined }));
  expect(await findTarget("server")).toMatchObject({
    disabledAt: expect.any(String),
    lastCheck: { ok: false, problem: { code: "target-unset" } },
  });
  await expect(changeTarget("server", { disabled: false }, admin)).rejects.toEqual(code("read-only"));
  await ensureEnvironmentTarget(variables());
  expect((await findTarget("server"))?.disabledAt).toBeNull();

  await changeTarget("server", { disabled: true }, admin);
  await ensureEnvironmentTarget(variables({ SERVER_HOST: undefined }));
  await ensureEnvironmentTarget(variables());
  expect((await findTarget("server"))?.disabledAt).not.toBeNull();
});

test("services of the deployer API go to it; processes, and everything while there is none, to this machine", async () => {
  const here = await ensureLocalTarget();
  expect((await findDeployerTarget("docker"))?.id).toBe(here.id);
  await db.target.create({ data: { name: "older", kind: "ssh", settings: {}, createdAt: new Date(0) } });
  await ensureEnvironmentTarget();
  expect((await findDeployerTarget("docker"))?.name).toBe("server");
  expect((await findDeployerTarget("systemd"))?.name).toBe("server");
  expect((await findDeployerTarget("process"))?.id).toBe(here.id);
  await ensureEnvironmentTarget(variables({ SERVER_HOST: undefined }));
  expect((await findDeployerTarget("docker"))?.id).toBe(here.id);
});
