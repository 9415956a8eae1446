import { afterAll, beforeAll, expect, test } from "vitest";
import type { SourceOf } from "@/lib/contracts/source";
import type { Actor } from "@/lib/contracts/user";
import { aPerson, aService } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { storedAccess } from "@/lib/sources/git/git-access";
import { gitSource } from "@/lib/sources/git/git-source";
import { TestGitServer } from "@/lib/sources/git/test-git-server";
import { aKey, TestSshServer } from "@/lib/sources/git/test-ssh-server";
import { changeService } from "./change-service";
import { confirmGitHostKey, createDeployKey, readGitAccess, showGitHostKey } from "./git-access-commands";

let admin: Actor & { id: string };
let repositories: TestGitServer;
beforeAll(async () => {
  repositories = await TestGitServer.start();
  admin = await aPerson();
});
afterAll(() => repositories[Symbol.asyncDispose]());

async function overSsh(name: string, ssh: TestSshServer, owner: Actor & { id: string } = admin) {
  const source: SourceOf<"git"> = { kind: "git", url: ssh.url(`${name}.git`) };
  const { id } = await aService(owner, { name });
  await db.service.update({ where: { id }, data: { source } });
  const resolve = (from: SourceOf<"git"> = source) =>
    gitSource.resolve(from, {
      signal: AbortSignal.timeout(60_000),
      reader: { isAdministrator: true, gitAccess: storedAccess(id), log: () => {} },
    });
  return { id, source, resolve };
}

test("a repository over SSH is read with the deploy key, from a server whose host key a person confirmed", async () => {
  const ssh = await TestSshServer.start(repositories.root);
  await repositories.repository("shop.git", { "a.txt": "1" });
  const { resolve } = await overSsh("shop", ssh);
  expect(await readGitAccess("shop", admin)).toMatchObject({ publicKey: null, hostKey: { state: "unconfirmed" } });
  await expect(resolve()).rejects.toMatchObject({ code: "git-host-key-unknown" });

  const shown = await showGitHostKey("shop", admin);
  expect(shown.fingerprint).toMatch(/^SHA256:/);
  await expect(confirmGitHostKey("shop", publicLine(), admin)).rejects.toMatchObject({
    code: "git-host-key-changed",
    params: { received: shown.fingerprint },
  });
  const confirmed = await confirmGitHostKey("shop", shown.line, admin);
  expect(confirmed.hostKey).toMatchObject({ state: "confirmed", keys: [shown], confirmedBy: admin.name });
  await expect(resolve()).rejects.toMatchObject({ code: "git-access-refused" });

  const { publicKey } = await createDeployKey("shop", admin);
  await expect(resolve()).rejects.toMatchObject({ code: "git-access-refused" });
  ssh.allowed = [publicKey ?? ""];
  expect(await resolve()).toMatchObject({ ref: "refs/heads/main", message: "first" });
  // A key that is taken out of the repository's settings, and one that is replaced here.
  ssh.allowed = [];
  await expect(resolve()).rejects.toMatchObject({ code: "git-access-refused" });
  ssh.allowed = [publicKey ?? ""];
  await createDeployKey("shop", admin);
  await expect(resolve()).rejects.toMatchObject({ code: "git-access-refused" });
  await ssh[Symbol.asyncDispose]();
});

test("a server that shows another host key is sent nothing", async () => {
  const ssh = await TestSshServer.start(repositories.root);
  await repositories.repository("pinned.git", { "a.txt": "1" });
  const { resolve } = await overSsh("pinned", ssh);
  await confirmGitHostKey("pinned", (await showGitHostKey("pinned", admin)).line, admin);
  const { publicKey } = await createDeployKey("pinned", admin);
  ssh.allowed = [publicKey ?? ""];
  await resolve();
  const { port } = ssh;
  await ssh[Symbol.asyncDispose]();
  const other = await TestSshServer.start(repositories.root, port);
  other.allowed = [publicKey ?? ""];
  await expect(resolve()).rejects.toMatchObject({ code: "git-host-key-changed" });
  expect(other.signedIn).toBe(0);
  await other[Symbol.asyncDispose]();
});

test("a confirmed host key is for one server: another address has none until it is confirmed itself", async () => {
  const [ssh, other] = [await TestSshServer.start(repositories.root), await TestSshServer.start(repositories.root)];
  await repositories.repository("elsewhere.git", { "a.txt": "1" });
  const { resolve } = await overSsh("elsewhere", ssh);
  await confirmGitHostKey("elsewhere", (await showGitHostKey("elsewhere", admin)).line, admin);
  const source: SourceOf<"git"> = { kind: "git", url: other.url("elsewhere.git") };
  await changeService("elsewhere", { source }, admin);
  expect(await readGitAccess("elsewhere", admin)).toMatchObject({ hostKey: { state: "unconfirmed", keys: [] } });
  await expect(resolve(source)).rejects.toMatchObject({ code: "git-host-key-unknown" });
  await ssh[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

test("a member reads no host key in a private network, and nothing of another's service", async () => {
  const ssh = await TestSshServer.start(repositories.root);
  const member = await aPerson("member", "ana");
  await overSsh("of-ana", ssh, member);
  await expect(showGitHostKey("of-ana", member)).rejects.toMatchObject({ code: "git-address-refused" });
  await expect(confirmGitHostKey("of-ana", publicLine(), member)).rejects.toMatchObject({
    code: "git-address-refused",
  });
  const stranger = await aPerson("member", "bo");
  for (const asked of [
    readGitAccess("of-ana", stranger),
    createDeployKey("of-ana", stranger),
    showGitHostKey("of-ana", stranger),
  ])
    await expect(asked).rejects.toMatchObject({ code: "not-found" });
  expect(await db.gitAccess.count({ where: { service: { name: "of-ana" } } })).toBe(0);
  await ssh[Symbol.asyncDispose]();
});

function publicLine(): string {
  return aKey().public.split(" ").slice(0, 2).join(" ");
}
