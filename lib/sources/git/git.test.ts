import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { readGitAddress } from "@/lib/contracts/git-source";
import { LocalHost } from "@/lib/hosts/local-host";
import { Secret } from "@/lib/platform/secrets/secret";
import type { Workshop } from "./checkout";
import { Git, type GitAccess, type Remote } from "./git";
import { Mirrors } from "./mirror";
import { reachOf } from "./reach";
import { checkOutRepository, submoduleUrl } from "./repository";
import { git as asPerson, TestGitServer } from "./test-git-server";

let server: TestGitServer;
let folder: string;
const commands: string[][] = [];
const host = new LocalHost();
const run: ConstructorParameters<typeof Git>[0] = (command, options) => {
  commands.push([...command.args, JSON.stringify(command.env ?? {})]);
  return host.run(command, options);
};
const MIB = 2 ** 20;

beforeAll(async () => {
  server = await TestGitServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-mirrors-"));
  commands.length = 0;
  server.requests.length = 0;
});
afterEach(async () => {
  server.credentials = null;
  server.redirectTo = null;
  server.first = null;
  await rm(folder, { recursive: true, force: true });
});

function parts(limits: Partial<{ repositoryBytes: number; cacheBytes: number }> = {}) {
  const git = new Git(run, folder);
  return {
    git,
    mirrors: new Mirrors(git, run, folder, { repositoryBytes: 100 * MIB, cacheBytes: 500 * MIB, ...limits }),
  };
}

function remote(url: string, access: Partial<GitAccess> = {}): Remote {
  const address = readGitAddress(url);
  if (address === null) throw new Error(`${url} is no address`);
  return { url, address, access: { hostKeys: [], ...access }, connectTo: "127.0.0.1" };
}

function workshop(limits = { bytes: 100 * MIB, entries: 10_000 }): Workshop {
  return {
    ...parts(),
    limits,
    remoteFor: async (address, url, access) => ({ url, address, access, connectTo: "127.0.0.1" }),
  };
}

const token = (secret: string) => ({ token: { user: "deploy", secret: new Secret(secret) } });

test("a branch is where it is now, a tag is the commit that it names, and a branch comes before a tag", async () => {
  const { mirrors } = parts();
  const repository = await server.repository("refs.git", { "a.txt": "1" });
  const first = await repository.git("rev-parse", "HEAD");
  await repository.git("tag", "--annotate", "v1", "--message", "one");
  await repository.git("push", "--quiet", "origin", "v1");
  const second = await repository.push("second", { "a.txt": "2" });
  const at = remote(server.url("refs.git"));
  expect(await mirrors.resolve(at, "main")).toEqual({ name: "main", ref: "refs/heads/main", commit: second });
  expect(await mirrors.resolve(at, "v1")).toEqual({ name: "v1", ref: "refs/tags/v1", commit: first });
  await expect(mirrors.resolve(at, "mai")).rejects.toMatchObject({ code: "git-ref-missing", params: { ref: "mai" } });
});

test("what a server refuses is told apart", async () => {
  const { mirrors } = parts();
  await server.repository("empty.git");
  await server.repository("private.git", { "a.txt": "1" });
  const code = (url: string, access?: Partial<GitAccess>) =>
    mirrors.resolve(remote(url, access), "main").then(
      ({ ref }) => ref,
      (error) => error.code,
    );
  expect(await code(server.url("empty.git"))).toBe("git-empty");
  expect(await code(server.url("none.git"))).toBe("git-repository-missing");
  expect(await code("http://127.0.0.1:1/none.git")).toBe("git-unreachable");
  server.credentials = "deploy:right";
  expect(await code(server.url("private.git"))).toBe("git-access-refused");
  expect(await code(server.url("private.git"), token("wrong"))).toBe("git-access-refused");
  expect(await code(server.url("private.git"), token("right"))).toBe("refs/heads/main");
  server.redirectTo = "http://127.0.0.1:1";
  expect(await code(server.url("private.git"), token("right"))).toBe("git-moved");
});

test("a token is in no argument, no variable, no file that stays, and not in the repository's configuration", async () => {
  const { mirrors } = parts();
  await server.repository("secret.git", { "a.txt": "1" });
  server.credentials = "deploy:s3cr3t-token";
  const at = remote(server.url("secret.git"), token("s3cr3t-token"));
  const { commit } = await mirrors.resolve(at, "main");
  const mirror = await mirrors.fetch(at, commit, "refs/heads/main");
  expect(JSON.stringify(commands)).not.toContain("s3cr3t");
  expect(await readdir(join(folder, "access"))).toEqual([]);
  const files = await readdir(mirror, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile()))
    expect(await readFile(join(file.parentPath, file.name), "latin1")).not.toContain("s3cr3t");
});

test("a second fetch brings only what is new, and one of what is here asks nobody", async () => {
  const { mirrors } = parts();
  const repository = await server.repository("more.git", { "large.txt": "x".repeat(10_000), "a.txt": "1" });
  const at = remote(server.url("more.git"));
  const first = await mirrors.resolve(at, "main");
  const mirror = await mirrors.fetch(at, first.commit, first.ref);
  const second = await repository.push("second\n\nand more of it", { "a.txt": "2" });
  expect(await mirrors.fetch(at, second, first.ref)).toBe(mirror);
  const packs = await asPerson(mirror, "count-objects", "-v");
  expect(packs).toContain("count: 7"); // two commits, two trees, three files: nothing was sent twice
  server.requests.length = 0;
  await mirrors.fetch(at, second, first.ref);
  expect(server.requests).toEqual([]);
  expect(await mirrors.between(mirror, first.commit, second)).toMatchObject([
    { id: second, message: "second", author: "Ana Pérez" },
  ]);
  expect((await mirrors.history(mirror, second, 20)).map(({ message }) => message)).toEqual(["second", "first"]);
});

test("who has other credentials finds nothing of what these fetched", async () => {
  const { mirrors } = parts();
  await server.repository("shared.git", { "a.txt": "1" });
  const url = server.url("shared.git");
  server.credentials = "deploy:right";
  const { commit, ref } = await mirrors.resolve(remote(url, token("right")), "main");
  await mirrors.fetch(remote(url, token("right")), commit, ref);
  await expect(mirrors.fetch(remote(url, token("other")), commit, ref)).rejects.toMatchObject({
    code: "git-access-refused",
  });
});

test("a commit that the branch no longer has is fetched as long as the server has it, and missing afterwards", async () => {
  const { mirrors } = parts();
  const repository = await server.repository("forced.git", { "a.txt": "1" });
  const at = remote(server.url("forced.git"));
  const lost = await repository.push("to be rewritten", { "a.txt": "2" });
  await repository.git("reset", "--quiet", "--hard", "HEAD~1");
  await repository.push("another", { "a.txt": "3" });
  expect(await mirrors.fetch(at, lost, "refs/heads/main")).toContain(folder);
  await asPerson(repository.bare, "reflog", "expire", "--expire=now", "--all");
  await asPerson(repository.bare, "gc", "--quiet", "--prune=now");
  await rm(join(folder, "mirrors"), { recursive: true });
  await expect(mirrors.fetch(at, lost, "refs/heads/main")).rejects.toMatchObject({ code: "git-commit-missing" });
});

test("eight fetches of one repository at one time are each whole", async () => {
  const repository = await server.repository("many.git", { "a.txt": "0" });
  const pushed: string[] = [];
  for (let at = 1; at <= 7; at++) pushed.push(await repository.commit(`commit ${at}`, { "a.txt": String(at) }));
  pushed.push(await repository.push("commit 8", { "a.txt": "8" }));
  const url = server.url("many.git");
  const found = await Promise.all(
    pushed.map(async (commit) => {
      const { mirrors } = parts();
      const mirror = await mirrors.fetch(remote(url), commit, "refs/heads/main");
      return mirrors.history(mirror, commit, 1);
    }),
  );
  expect(found.map(([commit]) => commit?.id)).toEqual(pushed);
});

test("a repository that is too large is refused while it is fetched, and nothing of it stays", async () => {
  const { mirrors } = parts({ repositoryBytes: 200_000 });
  const repository = await server.repository("huge.git");
  const noise = Array.from({ length: 400_000 }, (_, at) => ((at * 2_654_435_761) >>> 8).toString(36)).join("");
  const commit = await repository.push("huge", { "noise.bin": noise });
  const at = remote(server.url("huge.git"));
  await expect(mirrors.fetch(at, commit, "refs/heads/main")).rejects.toMatchObject({ code: "git-too-large" });
  expect(await readdir(join(folder, "mirrors"))).toEqual([]);
});

test("the least recently used go when there is no more room", async () => {
  const { mirrors } = parts({ cacheBytes: 1 });
  for (const name of ["one.git", "two.git"]) {
    await server.repository(name, { "a.txt": name });
    const at = remote(server.url(name));
    const { commit, ref } = await mirrors.resolve(at, "main");
    await mirrors.fetch(at, commit, ref);
  }
  expect(await readdir(join(folder, "mirrors"))).toHaveLength(1);
});

test("files are what was committed: modes, links and every name, and nothing of the repository runs", async () => {
  const parts = workshop();
  const repository = await server.repository("files.git", {
    "start.sh": "#!/bin/sh\n",
    "naïve \n name.txt": "odd",
    ".gitattributes": "*.txt filter=evil\n*.md eol=crlf\n",
    "read.md": "one\n",
  });
  await chmod(join(repository.folder, "start.sh"), 0o755);
  await symlink("../../etc/passwd", join(repository.folder, "out"));
  const commit = await repository.push("links", {});
  const to = join(folder, "files");
  const wanted = { remote: remote(server.url("files.git")), commit, ref: "refs/heads/main", folder: "" };
  expect(await checkOutRepository(parts, wanted, to)).toEqual({ path: to, submodules: 0, largeFiles: 0 });
  expect((await lstat(join(to, "start.sh"))).mode & 0o111).not.toBe(0);
  expect(await readFile(join(to, "naïve \n name.txt"), "utf8")).toBe("odd");
  expect(await readFile(join(to, "read.md"), "utf8")).toBe("one\r\n");
  expect(await readlink(join(to, "out"))).toBe("../../etc/passwd");
  expect((await readdir(folder)).sort()).toEqual(["access", "files", "mirrors"]);
});

test("one folder of a repository is all that is written; one that is missing or a link is refused", async () => {
  const parts = workshop();
  const repository = await server.repository("mono.git", { "apps/web/a.txt": "web", "apps/api/a.txt": "api" });
  await symlink("/etc", join(repository.folder, "apps/link"));
  await mkdir(join(repository.folder, "real"));
  await writeFile(join(repository.folder, "real/x"), "x");
  await symlink("../real", join(repository.folder, "apps/inner"));
  const commit = await repository.push("links", {});
  const wanted = (name: string) => ({
    remote: remote(server.url("mono.git")),
    commit,
    ref: "refs/heads/main",
    folder: name,
  });
  const { path } = await checkOutRepository(parts, wanted("apps/web"), join(folder, "web"));
  expect(await readFile(join(path, "a.txt"), "utf8")).toBe("web");
  expect(await readdir(join(folder, "web", "apps"))).toEqual(["web"]);
  for (const name of ["apps/none", "apps/web/a.txt", "apps/link", "apps/inner"]) {
    const checkout = checkOutRepository(parts, wanted(name), join(folder, "bad"));
    await expect(checkout, name).rejects.toMatchObject({ code: "git-folder-missing" });
  }
  expect(await readdir(folder)).not.toContain("bad");
});

test("submodules come along, those beside it by a relative address; what is no address is refused", async () => {
  const parts = workshop();
  await server.repository("inner.git", { "inner.txt": "inner" });
  const outer = await server.repository("outer.git", { "a.txt": "1" });
  await outer.git("submodule", "--quiet", "add", server.url("inner.git"), "vendor/inner");
  await outer.git("config", "--file", ".gitmodules", "submodule.vendor/inner.url", "../inner.git");
  const commit = await outer.push("with a submodule", {});
  const at = remote(server.url("outer.git"));
  const wanted = { remote: at, commit, ref: "refs/heads/main", folder: "" };
  const { path, submodules } = await checkOutRepository(parts, wanted, join(folder, "outer"));
  expect(submodules).toBe(1);
  expect(await readFile(join(path, "vendor/inner/inner.txt"), "utf8")).toBe("inner");
  await outer.git("config", "--file", ".gitmodules", "submodule.vendor/inner.url", "ext::sh -c id");
  const hostile = await outer.push("hostile", {});
  const checkout = checkOutRepository(parts, { ...wanted, commit: hostile }, join(folder, "hostile"));
  await expect(checkout).rejects.toMatchObject({ code: "git-submodule-refused", params: { path: "vendor/inner" } });
});

test("the address of a submodule is beside its repository's, and never leaves the server by dots", () => {
  expect(submoduleUrl("https://example.com/acme/shop.git", "../lib.git")).toBe("https://example.com/acme/lib.git");
  expect(submoduleUrl("git@example.com:acme/shop.git", "../../other/lib.git")).toBe("git@example.com:other/lib.git");
  expect(submoduleUrl("https://example.com/acme/shop.git", "../../../../../lib.git")).toBe(
    "https://example.com/lib.git",
  );
  expect(submoduleUrl("https://example.com/acme/shop.git", "file:///etc")).toBeNull();
});

test("more files, or more bytes, than are allowed are refused before they are written", async () => {
  const repository = await server.repository("wide.git", { "a.txt": "1", "b.txt": "2", "c.txt": "3" });
  const commit = await repository.git("rev-parse", "HEAD");
  const wanted = { remote: remote(server.url("wide.git")), commit, ref: "refs/heads/main", folder: "" };
  for (const limits of [
    { bytes: 100, entries: 2 },
    { bytes: 2, entries: 100 },
  ])
    await expect(checkOutRepository(workshop(limits), wanted, join(folder, "wide"))).rejects.toMatchObject({
      code: "git-too-large",
    });
});

test("large files are read from the repository's own server, whatever .lfsconfig says, and are what they should be", async () => {
  const content = "large ".repeat(1_000);
  const oid = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(content))).toString("hex");
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`;
  const repository = await server.repository("lfs.git", {
    ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
    ".lfsconfig": "[lfs]\n\turl = http://127.0.0.1:1/evil\n",
    "model.bin": pointer,
    "pointer.txt": pointer,
  });
  const commit = await repository.git("rev-parse", "HEAD");
  let sent = content;
  server.first = (request, response) => {
    if (request.url === "/lfs.git/info/lfs/objects/batch") {
      const href = server.url(`objects/${oid}`);
      const objects = [{ oid, size: content.length, actions: { download: { href } } }];
      response.writeHead(200, { "content-type": "application/vnd.git-lfs+json" }).end(JSON.stringify({ objects }));
      return true;
    }
    if (request.url !== `/objects/${oid}`) return false;
    response.writeHead(200).end(sent);
    return true;
  };
  const wanted = { remote: remote(server.url("lfs.git")), commit, ref: "refs/heads/main", folder: "" };
  const { path, largeFiles } = await checkOutRepository(workshop(), wanted, join(folder, "lfs"));
  expect(largeFiles).toBe(1);
  expect(await readFile(join(path, "model.bin"), "utf8")).toBe(content);
  expect(await readFile(join(path, "pointer.txt"), "utf8")).toBe(pointer);
  for (const other of [content.replace("l", "L"), `${content}!`]) {
    sent = other;
    const checkout = checkOutRepository(workshop(), wanted, join(folder, "changed"));
    await expect(checkout).rejects.toMatchObject({ code: "git-large-file-missing", params: { path: "model.bin" } });
  }
});

test("a member reaches what is on the Internet, an administrator also private networks, and nobody a cloud's metadata", async () => {
  const to = (url: string, rules: Partial<Parameters<typeof reachOf>[1]>, ...addresses: string[]) => {
    const address = readGitAddress(url);
    if (address === null) throw new Error(url);
    const given = { allowedHosts: [], isAdministrator: false, ...rules };
    return reachOf(address, given, async () => addresses).catch((error) =>
      `${error.code} ${error.params.reason ?? ""}`.trim(),
    );
  };
  expect(await to("https://git.example.com/a", {}, "93.184.215.14")).toBe("93.184.215.14");
  expect(await to("https://git.example.com/a", {}, "93.184.215.14", "10.0.0.4")).toBe("git-address-refused private");
  expect(await to("https://10.0.0.4/a", {})).toBe("git-address-refused private");
  expect(await to("https://[::ffff:7f00:1]/a", {})).toBe("git-address-refused console");
  const interfaces = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  for (const { address } of interfaces)
    expect(await to("https://git.example.com/a", {}, address)).toMatch(/^git-address-refused (console|private)$/);
  expect(await to("https://10.0.0.4/a", { isAdministrator: true })).toBe("10.0.0.4");
  expect(await to("https://git.internal/a", { allowedHosts: ["git.internal"] }, "10.0.0.4")).toBe("10.0.0.4");
  expect(await to("https://git.internal/a", { isAdministrator: true }, "169.254.169.254")).toBe(
    "git-address-refused private",
  );
  expect(await to("http://git.example.com/a", { isAdministrator: true }, "93.184.215.14")).toBe(
    "git-address-refused http",
  );
  expect(await to("http://127.0.0.1/a", { isAdministrator: true })).toBe("127.0.0.1");
  expect(await to("http://git.internal:8080/a", { allowedHosts: ["git.internal:8080"] }, "10.0.0.4")).toBe("10.0.0.4");
});
