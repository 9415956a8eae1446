import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SourceOf } from "@/lib/contracts/source";
import { SYSTEM } from "@/lib/contracts/user";
import { env } from "@/lib/platform/env";
import { Secret } from "@/lib/platform/secrets/secret";
import { ANYBODY, type SourceReader } from "../source";
import type { GitAccess } from "./git";
import { gitSource } from "./git-source";
import { git as asPerson, TestGitServer } from "./test-git-server";

let server: TestGitServer;
let lines: string[] = [];
beforeAll(async () => {
  server = await TestGitServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(() => {
  server.credentials = null;
  server.redirectTo = null;
  lines = [];
  set({});
});

/** Settings of the environment are read anew. */
function set(settings: Record<string, string>): void {
  for (const name of ["LANDFALL_GIT_HOSTS", "GIT_LIMIT_MB", "GIT_CACHE_MB"]) delete process.env[name];
  Object.assign(process.env, settings);
  delete (globalThis as { landfallEnv?: unknown }).landfallEnv;
}

/** The reader of an administrator's service, who may name servers of this machine. */
const reader = (more: Partial<SourceReader> = {}): SourceReader => ({
  ...ANYBODY,
  isAdministrator: true,
  log: (line) => lines.push(line),
  ...more,
});
const context = (more: Partial<SourceReader> = {}) => ({
  signal: AbortSignal.timeout(60_000),
  roots: [],
  reader: reader(more),
});
const sourceOf = (repository: string, more: Partial<SourceOf<"git">> = {}): SourceOf<"git"> => ({
  kind: "git",
  url: server.url(repository),
  ...more,
});
const withToken = (secret: string) => async (): Promise<GitAccess> => ({
  hostKeys: [],
  token: { user: "deploy", secret: new Secret(secret) },
});
async function filesOf(source: SourceOf<"git">, more: Partial<SourceReader> = {}): Promise<string> {
  const revision = await gitSource.resolve(source, context(more));
  return (await gitSource.materialise(source, revision, context(more))).folder;
}
const checkouts = () => readdir(join(env.LANDFALL_DATA_DIR, "git", "checkouts"));

test("without a branch it is the server's default one, and the log says the commit in one line", async () => {
  const repository = await server.repository("shop.git", { "a.txt": "1" });
  await repository.push("Show prices\nwith tax", { "a.txt": "2" }, "trunk");
  await asPerson(repository.bare, "symbolic-ref", "HEAD", "refs/heads/trunk");
  const revision = await gitSource.resolve(sourceOf("shop.git"), context());
  const commit = await repository.git("rev-parse", "HEAD");
  expect(revision).toMatchObject({ commit, ref: "refs/heads/trunk", message: "Show prices with tax" });
  expect(revision.author).toBe("Ana Pérez");
  expect(lines).toEqual([`commit ${commit.slice(0, 7)} of trunk by Ana Pérez: Show prices with tax`]);
  expect(gitSource.describe(sourceOf("shop.git"), revision)).toEqual({
    code: "git",
    params: { host: "127.0.0.1", repository: "shop", path: "", ref: "trunk", commit: commit.slice(0, 7) },
  });
  expect((await gitSource.resolve(sourceOf("shop.git", { ref: "main" }), context())).commit).not.toBe(commit);
});

test("a default branch that Git would read as something else is not used", async () => {
  const { bare } = await server.repository("odd.git", { "a.txt": "1" });
  for (const name of ["refs/heads/none", "refs/heads/--upload-pack=id"]) {
    await writeFile(join(bare, "HEAD"), `ref: ${name}\n`);
    await expect(gitSource.resolve(sourceOf("odd.git"), context())).rejects.toMatchObject({ code: "git-ref-missing" });
  }
});

test("what cannot be deployed has a problem of its own, which names its cause", async () => {
  await server.repository("empty.git");
  await server.repository("plain.git", { "a.txt": "1" });
  const code = (source: SourceOf<"git">, more: Partial<SourceReader> = {}) =>
    filesOf(source, more).then(
      () => "deployed",
      (error) => error.code,
    );
  expect(await code(sourceOf("empty.git"))).toBe("git-empty");
  expect(await code(sourceOf("none.git"))).toBe("git-repository-missing");
  expect(await code(sourceOf("plain.git", { ref: "gone" }))).toBe("git-ref-missing");
  expect(await code(sourceOf("plain.git", { path: "apps/web" }))).toBe("git-folder-missing");
  expect(await code(sourceOf("plain.git"))).toBe("deployed");
  server.credentials = "deploy:right";
  expect(await code(sourceOf("plain.git"), { gitAccess: withToken("revoked") })).toBe("git-access-refused");
  expect(await code(sourceOf("plain.git"), { gitAccess: withToken("right") })).toBe("deployed");
  expect(await code({ kind: "git", url: "ssh://git@127.0.0.1:1/shop.git" })).toMatch(/^git-(unreachable|host-key)/);
});

test("a repository, or what one commit consists of, is no larger than is allowed", async () => {
  const noise = Array.from({ length: 400_000 }, (_, at) => ((at * 2_654_435_761) >>> 8).toString(36)).join("");
  await server.repository("large.git", { "noise.bin": noise });
  set({ GIT_LIMIT_MB: "1" });
  const params = { limit: 1 };
  await expect(filesOf(sourceOf("large.git"))).rejects.toMatchObject({ code: "git-too-large", params });
  // Small where it is fetched, and large where it is written: repeated, and the sum of its submodules.
  await server.repository("zeros.git", { "a.txt": "0".repeat(700_000) });
  const outer = await server.repository("sum.git", { "b.txt": "0".repeat(700_000) });
  await outer.git("submodule", "--quiet", "add", server.url("zeros.git"), "inner");
  await outer.push("with a submodule");
  expect(await readdir(await filesOf(sourceOf("zeros.git")))).toEqual(["a.txt"]);
  await expect(filesOf(sourceOf("sum.git"))).rejects.toMatchObject({ code: "git-too-large", params });
  expect((await checkouts()).filter((name) => name.startsWith("."))).toEqual([]);
});

test("a checkout is made once for each commit and folder, by however many at one time, and goes when it is unused", async () => {
  await server.repository("mono.git", { "web/a.txt": "web", "api/a.txt": "api" });
  const before = (await checkouts()).length;
  const source = sourceOf("mono.git", { path: "web" });
  const folders = await Promise.all(Array.from({ length: 4 }, () => filesOf(source)));
  expect(new Set(folders).size).toBe(1);
  const [folder = ""] = folders;
  expect(await readFile(join(folder, "a.txt"), "utf8")).toBe("web");
  expect(await filesOf(sourceOf("mono.git", { path: "api" }))).not.toBe(folder);
  expect(await checkouts()).toHaveLength(before + 2);
  const old = new Date(Date.now() - 25 * 3_600_000);
  await utimes(join(folder, ".."), old, old);
  await gitSource.prune();
  expect(await checkouts()).toHaveLength(before + 1);
});

test("a commit of the branch may be chosen; one that only another branch has is refused", async () => {
  const repository = await server.repository("chosen.git", { "a.txt": "1" });
  const first = await repository.git("rev-parse", "HEAD");
  await repository.push("second", { "a.txt": "2" });
  await repository.git("checkout", "--quiet", "-b", "other", first);
  const foreign = await repository.push("of somebody else's branch", { "a.txt": "3" }, "other");
  const source = sourceOf("chosen.git", { ref: "main" });
  expect(await readFile(join(await filesOf(source, { commit: first }), "a.txt"), "utf8")).toBe("1");
  for (const commit of [foreign, "f".repeat(40)])
    await expect(gitSource.resolve(source, context({ commit }))).rejects.toMatchObject({ code: "git-commit-missing" });
});

test("a commit that was resolved stays what is deployed when its branch is rewritten", async () => {
  const repository = await server.repository("rewritten.git", { "a.txt": "1" });
  await repository.push("to be rewritten", { "a.txt": "2" });
  const source = sourceOf("rewritten.git");
  const revision = await gitSource.resolve(source, context());
  await repository.git("reset", "--quiet", "--hard", "HEAD~1");
  await repository.push("another", { "a.txt": "3" });
  const { folder } = await gitSource.materialise(source, revision, context());
  expect(await readFile(join(folder, "a.txt"), "utf8")).toBe("2");
  // Another worker's machine, after the server has thrown the commit away.
  await asPerson(repository.bare, "reflog", "expire", "--expire=now", "--all");
  await asPerson(repository.bare, "gc", "--quiet", "--prune=now");
  for (const part of ["mirrors", "checkouts"])
    await rm(join(env.LANDFALL_DATA_DIR, "git", part), { recursive: true, force: true });
  const again = gitSource.materialise(source, revision, context());
  await expect(again).rejects.toMatchObject({ code: "git-commit-missing" });
});

test("a member names no server of this machine's networks, neither when saving nor when deploying", async () => {
  await server.repository("inside.git", { "a.txt": "1" });
  const asking = { target: null, leadsInward: async () => false };
  const member = { ...asking, actor: { ...SYSTEM, role: "member" as const }, ownerRole: "member" };
  const finding = { setting: "url", code: "git-address-refused", params: { host: "127.0.0.1", reason: "console" } };
  server.requests.length = 0;
  expect(await gitSource.check(sourceOf("inside.git"), member)).toEqual([finding]);
  // What an administrator saves for a member is still the member's.
  expect(await gitSource.check(sourceOf("inside.git"), { ...member, actor: SYSTEM })).toEqual([finding]);
  expect(await gitSource.check(sourceOf("inside.git"), { ...asking, actor: SYSTEM, ownerRole: "admin" })).toEqual([]);
  for (const host of ["[::ffff:7f00:1]", "169.254.169.254", "0.0.0.0"])
    expect(await gitSource.check({ kind: "git", url: `https://${host}/a.git` }, member)).toMatchObject(
      [finding].map(() => ({ code: "git-address-refused" })),
    );
  await expect(gitSource.resolve(sourceOf("inside.git"), context({ isAdministrator: false }))).rejects.toMatchObject({
    code: "git-address-refused",
  });
  expect(server.requests).toEqual([]);
  set({ LANDFALL_GIT_HOSTS: `127.0.0.1:${server.port}` });
  expect(await gitSource.check(sourceOf("inside.git"), member)).toEqual([]);
  expect(await filesOf(sourceOf("inside.git"), { isAdministrator: false })).toContain("checkouts");
});

test("a submodule in a private network is refused to a member, also after an administrator has deployed it", async () => {
  const other = await TestGitServer.start();
  await other.repository("secret.git", { "secret.txt": "s" });
  const outer = await server.repository("outer.git", { "a.txt": "1" });
  await outer.git("submodule", "--quiet", "add", other.url("secret.git"), "inner");
  await outer.push("with a submodule");
  expect(await readdir(join(await filesOf(sourceOf("outer.git")), "inner"))).toEqual(["secret.txt"]);
  set({ LANDFALL_GIT_HOSTS: `127.0.0.1:${server.port}` });
  await expect(filesOf(sourceOf("outer.git"), { isAdministrator: false })).rejects.toMatchObject({
    code: "git-address-refused",
  });
  await other[Symbol.asyncDispose]();
});

test("a token is not sent to a submodule on another port of its host", async () => {
  const other = await TestGitServer.start();
  const sent: (string | undefined)[] = [];
  other.first = ({ headers }) => {
    sent.push(headers.authorization);
    return false;
  };
  other.credentials = "deploy:right";
  await other.repository("inner.git", { "a.txt": "1" });
  const outer = await server.repository("outer-of-other.git", { "a.txt": "1" });
  await outer.git("update-index", "--add", "--cacheinfo", `160000,${await outer.git("rev-parse", "HEAD")},inner`);
  await writeFile(
    join(outer.folder, ".gitmodules"),
    `[submodule "inner"]\n\tpath = inner\n\turl = ${other.url("inner.git")}\n`,
  );
  await outer.git("add", ".gitmodules");
  await outer.git("commit", "--quiet", "--message", "with a submodule");
  await outer.git("push", "--quiet", "--force", "origin", "HEAD:refs/heads/main");
  server.credentials = "deploy:right";
  const asked = filesOf(sourceOf("outer-of-other.git"), { gitAccess: withToken("right") });
  await expect(asked).rejects.toMatchObject({ code: "git-access-refused" });
  expect(sent.length).toBeGreaterThan(0);
  expect(sent.filter((header) => header !== undefined)).toEqual([]);
  await other[Symbol.asyncDispose]();
});

test("a link in a repository is nowhere written through, wherever Git keeps its own files meanwhile", async () => {
  const outside = join(await mkdtemp(join(tmpdir(), "landfall-outside-")), "file");
  await writeFile(outside, "untouched");
  await server.repository("inner-of-link.git", { "b.txt": "1" });
  const outer = await server.repository("link.git", { "a.txt": "1" });
  await outer.git("submodule", "--quiet", "add", server.url("inner-of-link.git"), "inner");
  for (const name of ["inner.index", "inner.index-1", "inner.index.lock"])
    await symlink(outside, join(outer.folder, name));
  await outer.push("links");
  const folder = await filesOf(sourceOf("link.git"));
  expect((await readdir(folder)).sort()).toContain("inner.index");
  expect(await readFile(outside, "utf8")).toBe("untouched");
});

test("a server that redirects is not followed", async () => {
  const other = await TestGitServer.start();
  await other.repository("moved.git", { "a.txt": "1" });
  server.redirectTo = `http://127.0.0.1:${other.port}`;
  await expect(filesOf(sourceOf("moved.git"))).rejects.toMatchObject({ code: "git-moved" });
  expect(other.requests).toEqual([]);
  await other[Symbol.asyncDispose]();
});

test("where Git is not installed, that is the problem, and it says on which machine", async () => {
  await server.repository("tools.git", { "a.txt": "1" });
  const bin = await mkdtemp(join(tmpdir(), "landfall-bin-"));
  for (const name of await readdir("/usr/bin"))
    if (!name.startsWith("git")) await symlink(`/usr/bin/${name}`, join(bin, name));
  const { PATH } = process.env;
  process.env.PATH = bin;
  try {
    await expect(filesOf(sourceOf("tools.git"))).rejects.toMatchObject({
      code: "tool-missing",
      params: { tool: "git" },
      detail: expect.stringContaining("worker"),
    });
    await rm(join(bin, "ssh"));
    await symlink("/usr/bin/git", join(bin, "git"));
    const overSsh = filesOf({ kind: "git", url: "ssh://git@127.0.0.1:1/a.git" });
    await expect(overSsh).rejects.toMatchObject({ code: "tool-missing", params: { tool: "ssh" } });
  } finally {
    process.env.PATH = PATH;
  }
});

test("the checkouts of a machine take no more room than repositories may, but for those that a deployment may read", async () => {
  set({ GIT_CACHE_MB: "1" });
  const folders: string[] = [];
  for (const name of ["first", "second"]) {
    const noise = Array.from({ length: 150_000 }, (_, at) => ((at * 2_654_435_761) >>> 8).toString(36)).join("");
    await server.repository(`${name}-large.git`, { "noise.bin": noise + name });
    folders.push(await filesOf(sourceOf(`${name}-large.git`)));
  }
  const [first = "", second = ""] = folders;
  expect(await readdir(first)).toEqual(["noise.bin"]);
  const old = new Date(Date.now() - 3_600_000);
  for (const name of await checkouts()) await utimes(join(env.LANDFALL_DATA_DIR, "git", "checkouts", name), old, old);
  await server.repository("third.git", { "a.txt": "1" });
  const third = await filesOf(sourceOf("third.git"));
  await gitSource.prune?.();
  expect(await readdir(third)).toEqual(["a.txt"]);
  expect([first, second].filter((folder) => existsSync(folder)).length).toBeLessThan(2);
});
