import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let repository: string;

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: repository, encoding: "utf8" }).trim();
}
async function commit(subject: string, files: Record<string, string> = {}): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(repository, name), text);
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "--message", subject);
}
const read = (name: string) => readFile(join(repository, name), "utf8");
const versionIn = async (name: string) => JSON.parse(await read(name)).version;

beforeEach(async () => {
  repository = await mkdtemp(join(tmpdir(), "landfall-tag-"));
  git("init", "--quiet");
  git("config", "user.name", "T");
  git("config", "user.email", "t@example.com");
  git("config", "tag.gpgSign", "false");
  git("config", "commit.gpgSign", "false");
  const version = "0.1.0";
  const dependency = { version, integrity: "x" };
  await commit("First", {
    "package.json": JSON.stringify({ name: "x", version, dependencies: {} }, null, 2),
    "package-lock.json": JSON.stringify(
      { version, packages: { "": { version }, "node_modules/a": dependency } },
      null,
      2,
    ),
    "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n### Added\n\n- A thing.\n\n## 0.1.0 (2026-01-01)\n\n- Older.\n",
  });
});
afterEach(() => rm(repository, { recursive: true }));

function tag(args: string[], answer = ""): Promise<{ code: number | null; said: string }> {
  return new Promise((ended) => {
    const child = spawn(process.execPath, [resolve("scripts/version-tag.mjs"), ...args], { cwd: repository });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said += chunk;
      });
    }
    child.stdin.end(answer);
    child.once("close", (code) => ended({ code, said }));
  });
}

test("the version goes up everywhere, and the tag says what changed", async () => {
  const { code, said } = await tag(["minor", "--yes"]);
  expect(code, said).toBe(0);
  expect(said).toContain("- A thing.");
  expect(await versionIn("package.json")).toBe("0.2.0");
  const lock = JSON.parse(await read("package-lock.json"));
  expect([lock.version, lock.packages[""].version, lock.packages["node_modules/a"].version]).toEqual([
    "0.2.0",
    "0.2.0",
    "0.1.0",
  ]);
  const today = new Date().toISOString().slice(0, 10);
  expect(await read("CHANGELOG.md")).toBe(
    `# Changelog\n\n## Unreleased\n\n## 0.2.0 (${today})\n\n### Added\n\n- A thing.\n\n## 0.1.0 (2026-01-01)\n\n- Older.\n`,
  );
  expect(git("cat-file", "-t", "v0.2.0")).toBe("tag");
  const text = git("for-each-ref", "--format=%(contents)", "refs/tags/v0.2.0");
  expect(text).toBe("v0.2.0\n\n### Added\n\n- A thing.\n\nCommits\n\n- First");
  expect(git("status", "--porcelain")).toBe("");
});

test("the next tag has only what came after the last", async () => {
  await tag(["minor", "--yes"]);
  expect(await tag(["patch", "--yes"])).toMatchObject({
    code: 1,
    said: expect.stringContaining("Nothing stands under Unreleased"),
  });
  await commit("Second", {
    "CHANGELOG.md": (await read("CHANGELOG.md")).replace("## Unreleased\n", "## Unreleased\n\n- More.\n"),
  });
  expect((await tag(["major", "--yes"])).code).toBe(0);
  const text = git("for-each-ref", "--format=%(contents)", "refs/tags/v1.0.0");
  expect(text).toBe("v1.0.0\n\n- More.\n\nCommits\n\n- Second");
});

test.each([
  ["n\n", "no"],
  ["", "nothing at all"],
])("%j declines, and nothing is changed", async (answer) => {
  const before = git("rev-parse", "HEAD");
  expect(await tag(["patch"], answer)).toMatchObject({
    code: 0,
    said: expect.stringContaining("Nothing was changed."),
  });
  expect([git("rev-parse", "HEAD"), git("tag", "--list"), git("status", "--porcelain")]).toEqual([before, "", ""]);
});

test("an answer agrees", async () => {
  expect((await tag(["patch"], "y\n")).code).toBe(0);
  expect(git("tag", "--list")).toBe("v0.1.1");
});

test.each([[[]], [["huge"]], [["patch", "minor"]]])("%j is not understood", async (args) => {
  expect(await tag([...args, "--yes"])).toMatchObject({
    code: 1,
    said: expect.stringContaining("patch, minor or major"),
  });
});

test("a tree with changes is refused", async () => {
  await writeFile(join(repository, "new"), "");
  expect(await tag(["patch", "--yes"])).toMatchObject({ code: 1, said: expect.stringContaining("not committed") });
  expect(git("tag", "--list")).toBe("");
});
