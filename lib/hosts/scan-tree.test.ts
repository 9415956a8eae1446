import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readProblem, scanTree, sentFiles } from "./scan-tree";
import { PROGRAM, type SourceUse } from "./source-rules";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "landfall-scan-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function files(contents: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}
const paths = async () => (await scanTree(root)).entries.map(({ path }) => path);

test(".landfallignore decides, with Git's patterns, and .dockerignore is not read then", async () => {
  await files({
    ".landfallignore": "*.log\n!keep.log\nsecret/\n",
    ".dockerignore": "*",
    "a/x.log": "",
    "keep.log": "",
    "secret/key": "",
    "a.js": "",
  });
  expect(await paths()).toEqual([".dockerignore", ".landfallignore", "a", "a.js", "keep.log"]);
});

test(".dockerignore patterns start at the root, as Docker's do", async () => {
  await files({
    ".dockerignore": "# comment\n*\n!src\n!/package.json\n**/*.tmp\n",
    "src/dist/a.js": "",
    "src/b.tmp": "",
    "package.json": "{}",
    "README.md": "",
  });
  expect(await paths()).toEqual([".dockerignore", "package.json", "src", "src/dist", "src/dist/a.js"]);
});

test("a folder that .dockerignore ignores is there with what it takes back, and without it not at all", async () => {
  await files({
    ".dockerignore": "*\n!build/libs/*.jar\n",
    Dockerfile: "FROM scratch",
    "build/libs/app.jar": "",
    "build/libs/notes.txt": "",
    "build/tmp/x": "",
    "src/a": "",
  });
  expect(await paths()).toEqual([".dockerignore", "Dockerfile", "build", "build/libs", "build/libs/app.jar"]);
});

test("a virtual environment is told by what is in it, and a file by that name is none", async () => {
  await files({
    "my-env/pyvenv.cfg": "",
    "my-env/bin/python": "",
    "sub/.git": "gitdir: elsewhere",
    "scripts/venv": "#!/bin/sh",
    "sub/a.py": "",
  });
  await symlink("../elsewhere/venv", join(root, ".venv"));
  expect(await paths()).toEqual(["scripts", "scripts/venv", "sub", "sub/a.py"]);
});

test("without an ignore file everything is sent but what each machine makes for itself", async () => {
  await files({
    ".git/HEAD": "",
    "node_modules/a/i.js": "",
    "lib/__pycache__/x.pyc": "",
    ".venv/bin/python": "",
    "venv/x": "",
    ".env.example": "A=1",
  });
  expect(await paths()).toEqual([".env.example", "lib"]);
});

const image: SourceUse = { kind: "image", dockerfile: "web.Dockerfile" };

test("for an image, all that docker build would take is sent: history, dependencies, and links meant for the image", async () => {
  await files({ ".git/HEAD": "x", "node_modules/a/i.js": "", "my-env/pyvenv.cfg": "", "web.Dockerfile": "" });
  await symlink("/usr/share/zoneinfo/UTC", join(root, "localtime"));
  const { entries, leftOut } = await scanTree(root, undefined, image);
  expect(
    entries
      .filter(({ kind }) => kind !== "directory")
      .map(({ path, digest, kind }) => (kind === "file" ? path : digest)),
  ).toEqual([".git/HEAD", "/usr/share/zoneinfo/UTC", "my-env/pyvenv.cfg", "node_modules/a/i.js", "web.Dockerfile"]);
  expect(leftOut).toEqual([]);
});

test.each(["web.Dockerfile", "docker/web.Dockerfile", ".dockerignore", "web.Dockerfile.dockerignore"])(
  "%s is read by its name, so it is no link that leads out, not even to nothing on this machine",
  async (path) => {
    const use: SourceUse = path.endsWith("ignore") ? image : { kind: "image", dockerfile: path };
    await files({ "a.py": "" });
    const [link = ""] = path.split("/");
    const refused = { code: "source-link-outside", params: { path: expect.stringContaining(link) as string } };
    await symlink(path.includes("/") ? "/etc" : "/etc/passwd", join(root, link));
    await expect(sentFiles(root, use)).rejects.toMatchObject(refused);
    await expect(scanTree(root, undefined, use)).rejects.toMatchObject(refused);
    await rm(join(root, link));
    await symlink("/only/on/the/host", join(root, link));
    await expect(sentFiles(root, use)).rejects.toMatchObject(refused);
    await expect(scanTree(root, undefined, use)).rejects.toMatchObject(refused);
  },
);

test("detection tells nobody whether something is there outside of the source", async () => {
  await files({ "outside/there.json": "{}", "source/a.js": "" });
  const source = join(root, "source");
  await symlink(".", join(source, "here"));
  for (const [name, to] of [
    ["package.json", join(root, "outside/there.json")],
    ["Procfile", "here/../outside/there.json"],
    ["folder", join(root, "outside")],
  ] as const)
    await symlink(to, join(source, name));
  const read = await sentFiles(source, PROGRAM);
  expect(await Promise.all(["package.json", "Procfile", "folder/there.json", "here/a.js"].map(read))).toEqual([
    ...[null, null, null],
    "",
  ]);
});

test("a link that leads out through another one is refused whether something is there or not", async () => {
  await files({ "source/a/b/c/file": "", "there/file": "" });
  const source = join(root, "source");
  await symlink("../..", join(source, "a/b/top"));
  for (const name of ["there", "absent"]) {
    await symlink(`top/../${name}`, join(source, "a/b/out"));
    const refused = { code: "source-link-outside", params: { path: "a/b/out" } };
    await expect(scanTree(source)).rejects.toMatchObject(refused);
    await rm(join(source, "a/b/out"));
  }
});

test("a Dockerfile's own ignore file is read instead of the general one, and neither leaves the Dockerfile out", async () => {
  await files({
    ".dockerignore": "*",
    "web.Dockerfile.dockerignore": "README\nweb.Dockerfile\n",
    ...{ "web.Dockerfile": "", README: "", "a.py": "" },
  });
  const named = await scanTree(root, undefined, image);
  expect(named.entries.map(({ path }) => path)).toEqual(["a.py", "web.Dockerfile", "web.Dockerfile.dockerignore"]);
  expect(named.ignoreFile).toBe("web.Dockerfile.dockerignore");
  const general = await scanTree(root, undefined, { kind: "image", dockerfile: "docker/Dockerfile" });
  expect(general.entries.map(({ path }) => path)).toEqual([".dockerignore"]);
  await files({ "docker/Dockerfile": "", "docker/other": "" });
  const kept = await scanTree(root, undefined, { kind: "image", dockerfile: "docker/Dockerfile" });
  expect(kept.entries.map(({ path }) => path)).toEqual([".dockerignore", "docker", "docker/Dockerfile"]);
});

test("what is left out is told, once for each folder, with the reason", async () => {
  await files({
    ".dockerignore": "docs\n*.md\n!docs/keep.txt\nlogs\n",
    "docs/a": "",
    "docs/keep.txt": "",
    "logs/a": "",
    "b.md": "",
    "node_modules/x": "",
    "sub/.git/HEAD": "",
    "sub/a.pyc": "",
  });
  const { leftOut, ignoreFile } = await scanTree(root);
  expect(ignoreFile).toBe(".dockerignore");
  expect(leftOut).toEqual([
    { path: "b.md", reason: "ignored" },
    { path: "docs/a", reason: "ignored" },
    { path: "logs/", reason: "ignored" },
    { path: "node_modules/", reason: "dependencies" },
    { path: "sub/.git/", reason: "repository" },
  ]);
});

test("dependencies that are to be left alone are sent", async () => {
  await files({ "node_modules/a/i.js": "", ".git/HEAD": "", "venv/pyvenv.cfg": "" });
  const { entries, leftOut } = await scanTree(root, undefined, { kind: "program", bringsDependencies: true });
  expect(entries.filter(({ kind }) => kind === "file").map(({ path }) => path)).toEqual([
    "node_modules/a/i.js",
    "venv/pyvenv.cfg",
  ]);
  expect(leftOut).toEqual([{ path: ".git/", reason: "repository" }]);
});

test("detection reads what is sent and nothing else", async () => {
  await files({
    ".dockerignore": "secret.js\nhidden\n!hidden/b.js\n",
    ...{ "a.js": "a", "secret.js": "s", "hidden/a.js": "", "hidden/b.js": "b", "node_modules/a/package.json": "{}" },
    "folder/x": "",
  });
  await symlink("a.js", join(root, "link.js"));
  await symlink("secret.js", join(root, "to-secret.js"));
  await symlink("nowhere", join(root, "dangling"));
  await symlink("folder", join(root, "to-folder"));
  const read = await sentFiles(root, PROGRAM);
  const names = [
    "a.js",
    "link.js",
    "hidden/b.js",
    "secret.js",
    "to-secret.js",
    "hidden/a.js",
    "node_modules/a/package.json",
  ];
  const others = ["dangling", "folder", "to-folder", "a.js/x", "../a.js", "/etc/passwd"];
  expect(await Promise.all([...names, ...others].map(read))).toEqual(["a", "a", "b", ...new Array(10).fill(null)]);
});

test("a name that is too long is not there, and an ignore file that links to itself is none", async () => {
  await symlink(".dockerignore", join(root, ".dockerignore"));
  const read = await sentFiles(root, PROGRAM);
  expect(await read("a".repeat(300))).toBeNull();
  expect(await paths()).toEqual([".dockerignore"]);
});

test("a folder that vanished before it is detected is a changed source, not an unforeseen error", async () => {
  await expect(sentFiles(join(root, "gone"), PROGRAM)).rejects.toMatchObject({ code: "source-changed" });
  await files({ "a/package.json": "{}" });
  const read = await sentFiles(join(root, "a"), PROGRAM);
  await rm(join(root, "a"), { recursive: true });
  expect(await read("package.json")).toBeNull();
});

test("digests are SHA-256 and the sum of sizes is the tree's", async () => {
  await files({ "a.txt": "abc", "b.txt": "" });
  const tree = await scanTree(root);
  expect(tree.bytes).toBe(3);
  expect(tree.entries[0]?.digest).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("links inside are kept, also one to nothing", async () => {
  await files({ "real/file": "x" });
  await symlink("real", join(root, "link"));
  await symlink("nowhere", join(root, "dangling"));
  const { entries } = await scanTree(root);
  expect(entries.filter(({ kind }) => kind === "symlink").map(({ path, digest }) => [path, digest])).toEqual([
    ["dangling", "nowhere"],
    ["link", "real"],
  ]);
});

test.each([
  ["an absolute one", "/etc/passwd"],
  ["a relative one", "../../etc/passwd"],
  ["the folder above", ".."],
])("a link out of the source is refused: %s", async (_, to) => {
  await symlink(to, join(root, "out"));
  await expect(scanTree(root)).rejects.toMatchObject({ code: "source-link-outside", params: { path: "out" } });
});

test("a link that leads out only through another link is refused", async () => {
  await mkdir(join(root, "q"));
  await symlink(".", join(root, "p"));
  await symlink("p/q/../..", join(root, "out"));
  await expect(scanTree(root)).rejects.toMatchObject({ code: "source-link-outside" });
});

test("a name that is not UTF-8 is refused instead of sent under another name", async () => {
  await writeFile(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff])]), "");
  await expect(scanTree(root)).rejects.toMatchObject({ code: "source-name-invalid", params: { path: "." } });
});

test("what vanishes or may not be read while it is scanned is named", () => {
  const failed = (code: string, path: string) => readProblem(Object.assign(new Error(code), { code, path }), root);
  expect(failed("ENOENT", join(root, "a/b.js"))).toMatchObject({ code: "source-changed", params: { path: "a/b.js" } });
  expect(failed("EACCES", join(root, "key.pem"))).toMatchObject({
    code: "source-unreadable",
    params: { path: "key.pem" },
  });
  expect(failed("ENOSPC", root)).toBeNull();
});

test("a folder that is not there any more is a changed source, not an unforeseen error", async () => {
  await expect(scanTree(join(root, "gone"))).rejects.toMatchObject({ code: "source-changed" });
});
