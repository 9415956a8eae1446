import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isInside, scanTree } from "./scan-tree";

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
  await expect(scanTree(root)).rejects.toMatchObject({ code: "source-not-deployable", params: { path: "out" } });
});

test("a link that leads out only through another link is refused", async () => {
  await mkdir(join(root, "q"));
  await symlink(".", join(root, "p"));
  await symlink("p/q/../..", join(root, "out"));
  await expect(scanTree(root)).rejects.toMatchObject({ code: "source-not-deployable" });
});

test("a name that is not UTF-8 is refused instead of sent under another name", async () => {
  await writeFile(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff])]), "");
  await expect(scanTree(root)).rejects.toMatchObject({ code: "source-not-deployable" });
});

test("inside means the folder itself or below it, whatever names begin with two dots", () => {
  expect(isInside("/a", "/a")).toBe(true);
  expect(isInside("/a", "/a/..b")).toBe(true);
  expect(isInside("/a", "/ab")).toBe(false);
  expect(isInside("/a/b", "/a")).toBe(false);
});
