import { randomBytes } from "node:crypto";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Problem } from "@/lib/contracts/problem";
import { removeTree } from "../copy-tree";
import type { SourceTree } from "../host";
import { scanTree } from "../scan-tree";
import { stagingPath } from "../unfinished";
import { despiteLosses, sendTree } from "./send-tree";
import { TestRemote } from "./test-remote";

let folder: string;
let source: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-transfer-"));
  source = join(folder, "source");
  await mkdir(source);
});
afterEach(() => removeTree(folder));

const ODD_NAMES = [
  "-n",
  "--help",
  "a\nb",
  "\n",
  "it's",
  '"q"',
  "$(touch x)",
  "ü/日本",
  "back\\slash",
  " ",
  "*",
  "a\tb",
  "\u{1f6a2}",
];
const release = (number: number) => join(folder, "releases", String(number));

async function put(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(source, path)), { recursive: true });
  await writeFile(join(source, path), content);
  await chmod(join(source, path), mode);
}

/** A few files of every kind, with names that shells and tools could misread. Only a cut needs a large one. */
async function aSource(bytes: 30_000 | 3_000_000 = 30_000): Promise<SourceTree> {
  for (const name of ODD_NAMES) await put(name, `in ${name}`);
  await put("bin/run", "#!/bin/sh\n", 0o755);
  await put("big", randomBytes(bytes));
  await put("text", "line\n".repeat(bytes / 15));
  await put("none", "");
  await put(`${"long/".repeat(30)}${"n".repeat(120)}`, "deep");
  await mkdir(join(source, "empty/inner"), { recursive: true });
  await symlink("bin/run", join(source, "run"));
  await symlink(`${"long/".repeat(30)}${"n".repeat(120)}`, join(source, "far"));
  await symlink("nowhere\n", join(source, "dangling"));
  await symlink("../bin", join(source, "empty/up"));
  return scanTree(source);
}

async function expectSame(path: string, tree: SourceTree): Promise<void> {
  expect((await scanTree(path)).entries).toEqual(tree.entries);
  expect(await readdir(dirname(path))).not.toContain(stagingPath(path).split("/").at(-1));
}

describe("a tree", () => {
  test("arrives with modes, links, empty folders and odd names, and nothing stays beside it", async () => {
    const tree = await aSource(3_000_000);
    const progress: number[] = [];
    const result = await sendTree(new TestRemote(), tree, release(1), {
      onProgress: ({ bytes, totalBytes }) => progress.push(bytes / totalBytes),
    });
    expect(result).toMatchObject({ files: 22, sentFiles: 22, bytes: tree.bytes, sentBytes: tree.bytes });
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.length).toBeGreaterThan(5);
    await expectSame(release(1), tree);
    expect(await readdir(dirname(release(1)))).toEqual(["1"]);
  });

  test("with folders nobody may write or enter arrives, and again on top of itself", async () => {
    await put("a/b/c", "1", 0o400);
    await put("a/secret", "2", 0o000);
    await chmod(join(source, "a/b"), 0o555);
    await chmod(join(source, "a"), 0o500);
    const tree = await scanTree(source);
    await sendTree(new TestRemote(), tree, release(1), {});
    await expectSame(release(1), tree);
    await sendTree(new TestRemote(), tree, release(2), { base: { path: release(1), entries: tree.entries } });
    await expectSame(release(2), tree);
  });

  test("never has set-user-id or set-group-id bits", async () => {
    await put("tool", "x");
    await chmod(join(source, "tool"), 0o6755);
    await mkdir(join(folder, "releases"), { mode: 0o2775 });
    await chmod(join(folder, "releases"), 0o2775);
    await mkdir(join(source, "shared"));
    await chmod(join(source, "shared"), 0o2777);
    await sendTree(new TestRemote(), await scanTree(source), release(1), {});
    expect((await stat(join(release(1), "tool"))).mode & 0o7777).toBe(0o755);
    expect((await stat(join(release(1), "shared"))).mode & 0o7777).toBe(0o777);
  });

  test("that is empty arrives", async () => {
    const tree = await scanTree(source);
    expect(await sendTree(new TestRemote(), tree, release(1), {})).toMatchObject({ files: 0, bytes: 0 });
    expect(await readdir(release(1))).toEqual([]);
  });

  test("is refused where something is already", async () => {
    await mkdir(release(1), { recursive: true });
    const sending = sendTree(new TestRemote(), await aSource(), release(1), {});
    await expect(sending).rejects.toMatchObject({
      code: "transfer-failed",
      detail: expect.stringContaining("already"),
    });
  });
});

describe("with a base", () => {
  async function aBase(): Promise<SourceTree> {
    const tree = await aSource();
    await sendTree(new TestRemote(), tree, release(1), {});
    return tree;
  }

  test("only what changed travels, and no file is shared", async () => {
    const before = await aBase();
    await put("bin/run", "#!/bin/sh\necho 2\n", 0o755);
    await chmod(join(source, "text"), 0o600);
    await rm(join(source, "none"));
    const tree = await scanTree(source);
    const remote = new TestRemote();
    const result = await sendTree(remote, tree, release(2), { base: { path: release(1), entries: before.entries } });
    expect(result).toMatchObject({ files: 21, sentFiles: 1, sentBytes: 17 });
    expect(remote.uploadedBytes).toBeLessThan(5_000);
    await expectSame(release(2), tree);
    await expectSame(release(1), before);
    expect((await stat(join(release(2), "big"))).ino).not.toBe((await stat(join(release(1), "big"))).ino);
  });

  test("what the service changed, removed or replaced there is sent again", async () => {
    const tree = await aBase();
    const { atime, mtime } = await stat(join(release(1), "big"));
    const content = await readFile(join(release(1), "big"));
    content[15_000] = (content[15_000] ?? 0) ^ 1;
    await writeFile(join(release(1), "big"), content);
    await utimes(join(release(1), "big"), atime, mtime);
    await writeFile(join(release(1), "a\nb"), "tampered");
    await rm(join(release(1), "text"));
    await rm(join(release(1), "-n"));
    await symlink("/etc/passwd", join(release(1), "-n"));
    await rm(join(release(1), "bin/run"));
    await mkdir(join(release(1), "bin/run"));
    await rm(join(release(1), "none"));
    await new TestRemote().run({ args: ["mkfifo", join(release(1), "none")] });
    await chmod(join(release(1), "it's"), 0o4777);
    const base = { path: release(1), entries: tree.entries };
    const result = await sendTree(new TestRemote(), tree, release(2), { base });
    await expectSame(release(2), tree);
    // The six, and, with the file whose name no line can contain, the others of that kind.
    expect(result.sentFiles).toBe(5 + 4);
    expect((await stat(join(release(2), "it's"))).mode & 0o7777).toBe(0o644);
  });

  test("that is gone all is sent", async () => {
    const tree = await aSource();
    const base = { path: join(folder, "none"), entries: tree.entries };
    await sendTree(new TestRemote(), tree, release(2), { base });
    await expectSame(release(2), tree);
  });

  test("a folder that has become a link, and a file that has become a folder, are what the source says", async () => {
    await put("a/file", "1");
    await put("b", "1");
    const before = await scanTree(source);
    await sendTree(new TestRemote(), before, release(1), {});
    await rm(join(source, "a"), { recursive: true });
    await rm(join(source, "b"));
    await put("b/file", "1");
    await symlink("b", join(source, "a"));
    const tree = await scanTree(source);
    await sendTree(new TestRemote(), tree, release(2), { base: { path: release(1), entries: before.entries } });
    await expectSame(release(2), tree);
  });
});

describe("a lost connection", () => {
  test("continues where it was cut", async () => {
    const tree = await aSource(3_000_000);
    const whole = new TestRemote();
    await sendTree(whole, tree, release(1), {});
    const remote = new TestRemote();
    remote.cuts.push(1, 1_000_000, 40_000, 500_000);
    await sendTree(remote, tree, release(2), {});
    expect(remote.uploadedBytes).toBe(whole.uploadedBytes);
    await expectSame(release(2), tree);
  });

  test("is made good by another worker, which sends only the rest", async () => {
    const tree = await aSource(3_000_000);
    const first = new TestRemote();
    const abort = new AbortController();
    first.onWrite = (bytes) => bytes > 1_000_000 && abort.abort(new Error("this worker is gone"));
    await expect(sendTree(first, tree, release(1), { signal: abort.signal })).rejects.toThrow("this worker is gone");
    const second = new TestRemote();
    await sendTree(second, tree, release(1), {});
    expect(second.uploadedBytes).toBeLessThan(tree.bytes - 1_000_000);
    await expectSame(release(1), tree);
  });

  test("that takes only the last answer is no failure", async () => {
    const tree = await aSource();
    const remote = new TestRemote();
    remote.lostAnswers = 1;
    await sendTree(remote, tree, release(1), {});
    await expectSame(release(1), tree);
  });

  test("after which the host kept other bytes than were sent costs a second pack, not a wrong release", async () => {
    const tree = await aSource(3_000_000);
    const first = new TestRemote();
    const abort = new AbortController();
    first.onWrite = (bytes) => bytes > 1_000_000 && abort.abort();
    await expect(sendTree(first, tree, release(1), { signal: abort.signal })).rejects.toThrow();
    const [pack = ""] = await readdir(stagingPath(release(1)));
    const path = join(stagingPath(release(1)), pack);
    const { size } = await stat(path);
    await truncate(path, 300_000);
    await truncate(path, size);
    await sendTree(new TestRemote(), tree, release(1), {});
    await expectSame(release(1), tree);
  });
});

describe("a source", () => {
  test.each([
    ["grows", (path: string) => writeFile(path, "1234567890")],
    ["shrinks", (path: string) => writeFile(path, "")],
    ["changes and keeps its length", (path: string) => writeFile(path, "4321")],
    ["disappears", (path: string) => rm(path)],
    ["becomes a folder", (path: string) => rm(path).then(() => mkdir(path))],
  ])("whose file %s meanwhile is an error that names it", async (_, change) => {
    await put("a/file", "1234");
    const tree = await scanTree(source);
    await change(join(source, "a/file"));
    const sending = sendTree(new TestRemote(), tree, release(1), {});
    await expect(sending).rejects.toMatchObject({ code: "transfer-failed", params: { path: "a/file" } });
    await expect(stat(release(1))).rejects.toThrow();
  });

  test.each([
    ["grows", (path: string) => writeFile(path, "x", { flag: "a" })],
    ["shrinks", (path: string) => truncate(path, 2_000_000)],
    ["changes", (path: string) => writeFile(path, randomBytes(3_000_000))],
    ["disappears", (path: string) => rm(path)],
  ])("whose large file %s meanwhile is an error that names it", async (_, change) => {
    await put("large", randomBytes(3_000_000));
    const tree = await scanTree(source);
    await change(join(source, "large"));
    const sending = sendTree(new TestRemote(), tree, release(1), {});
    await expect(sending).rejects.toMatchObject({ code: "transfer-failed", params: { path: "large" } });
  });
});

test("a cancelled transfer ends at once with its reason and leaves only what lies in its staging place", async () => {
  const abort = new AbortController();
  const remote = new TestRemote();
  remote.onWrite = () => abort.abort(new Error("cancelled"));
  const tree = await aSource(3_000_000);
  await expect(sendTree(remote, tree, release(1), { signal: abort.signal })).rejects.toThrow("cancelled");
  expect(remote.uploadedBytes).toBeLessThan(100_000);
  expect(await readdir(join(folder, "releases"))).toEqual([".incoming-1"]);
});

test("a tool that the host does not have is named", async () => {
  const bin = join(folder, "bin");
  await mkdir(bin);
  for (const tool of ["sh", "env", "setsid", "head", "mktemp", "wc", "rm", "ps", "grep", "gzip", "sleep"]) {
    await symlink(`/usr/bin/${tool}`, join(bin, tool));
  }
  const remote = new TestRemote({ PATH: bin });
  await expect(sendTree(remote, await aSource(), release(1), {})).rejects.toMatchObject({
    code: "tool-missing",
    params: { tool: "tar" },
  });
});

test("two workers that send the same at once may stop each other, but make no wrong release", async () => {
  const tree = await aSource();
  await Promise.allSettled([1, 2].map(() => sendTree(new TestRemote(), tree, release(1), {})));
  const isThere = await new TestRemote().stat(release(1));
  if (!isThere) await sendTree(new TestRemote(), tree, release(1), {});
  expect((await scanTree(release(1))).entries).toEqual(tree.entries);
});

test("any tree arrives, on top of any other, however the connection is cut", async () => {
  const name = fc.oneof(
    fc.constantFrom(...ODD_NAMES.filter((text) => !text.includes("/")), "a", "b", "c"),
    fc
      .string({ unit: "binary", minLength: 1, maxLength: 30 })
      .map((text) => text.toWellFormed().replaceAll(/[/\0]/g, "_")),
  );
  const path = fc
    .array(
      name.filter((text) => text !== "." && text !== ".." && Buffer.byteLength(text) < 200),
      { minLength: 1, maxLength: 4 },
    )
    .map((names) => names.join("/"));
  const content = fc.oneof(
    fc.string(),
    fc.integer({ min: 0, max: 400_000 }).map((size) => "x".repeat(size)),
  );
  const mode = fc.constantFrom(0o644, 0o755, 0o600, 0o400);
  const files = fc.dictionary(path, fc.tuple(content, mode), { maxKeys: 12, noNullPrototype: true });

  await fc.assert(
    fc.asyncProperty(files, files, fc.array(fc.nat(2_000), { maxLength: 2 }), async (old, now, cuts) => {
      const at = await mkdtemp(join(folder, "case-"));
      const trees: SourceTree[] = [];
      for (const [index, content] of [old, { ...old, ...now }].entries()) {
        source = join(at, `source-${index}`);
        await mkdir(source);
        for (const [path, [text, mode]] of Object.entries(content)) await putIfRoom(path, text, mode);
        trees.push(await scanTree(source));
      }
      const [before, after] = trees as [SourceTree, SourceTree];
      await sendTree(new TestRemote(), before, join(at, "1"), {});
      const remote = new TestRemote();
      remote.cuts.push(...cuts);
      await sendTree(remote, after, join(at, "2"), { base: { path: join(at, "1"), entries: before.entries } });
      expect((await scanTree(join(at, "2"))).entries).toEqual(after.entries);
      await removeTree(at);
    }),
    { numRuns: Number(process.env.LANDFALL_PROPERTY_RUNS ?? 6) },
  );
}, 240_000);

/** A path may be a folder of another one: the first one wins. */
async function putIfRoom(path: string, text: string, mode: number): Promise<void> {
  try {
    await put(path, text, mode);
  } catch (error) {
    if (!["ENOTDIR", "EISDIR", "EEXIST", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

describe("despite losses", () => {
  const lost = () => Promise.reject(new Problem("host-lost"));

  test("losses that bring nothing are given up after the seventh", async () => {
    const repeats: boolean[] = [];
    const attempt = (isRepeat: boolean) => {
      repeats.push(isRepeat);
      return lost();
    };
    await expect(despiteLosses(attempt, () => 0, undefined, 1)).rejects.toMatchObject({ code: "host-lost" });
    expect(repeats).toEqual([false, ...Array.from({ length: 6 }, () => true)]);
  });

  test("as long as each attempt gets further there is no end", async () => {
    let reached = 0;
    const attempt = () => (++reached === 30 ? Promise.resolve("there") : lost());
    expect(await despiteLosses(attempt, () => reached, undefined, 1)).toBe("there");
  });

  test("getting as far as before is not getting further", async () => {
    let reached = 0;
    const attempt = () => {
      reached = 5;
      return lost();
    };
    await expect(despiteLosses(attempt, () => reached, undefined, 1)).rejects.toMatchObject({ code: "host-lost" });
  });

  test("anything else is not repeated", async () => {
    let attempts = 0;
    const attempt = () => {
      attempts += 1;
      return Promise.reject(new Problem("disk-full"));
    };
    await expect(despiteLosses(attempt, () => 0, undefined, 1)).rejects.toMatchObject({ code: "disk-full" });
    expect(attempts).toBe(1);
  });

  test("a cancel in the pause ends it with its reason", async () => {
    const abort = new AbortController();
    const attempt = () => {
      setImmediate(() => abort.abort(new Error("cancelled")));
      return lost();
    };
    await expect(despiteLosses(attempt, () => 0, abort.signal, 60_000)).rejects.toThrow("cancelled");
  });
});
