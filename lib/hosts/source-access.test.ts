import { execFileSync } from "node:child_process";
import { closeSync, lstatSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LocalHost } from "./local-host";
import { scanTree } from "./scan-tree";
import { checkFolder, findSourceFolder, isInside, leadsOut, openSourceFile, readSourceFile } from "./source-access";

describe("folders under a root", () => {
  let base: string;
  let root: string;
  beforeAll(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), "landfall-source-")));
    root = join(base, "root");
    await mkdir(join(root, "app", "nested"), { recursive: true });
    await mkdir(join(base, "outside", "app"), { recursive: true });
    await mkdir(join(base, "root-beside"));
    await writeFile(join(root, "file"), "");
    await symlink(join(base, "outside"), join(root, "escape"));
    await symlink(join(root, "app"), join(root, "inside"));
    await symlink("loop", join(root, "loop"));
    await symlink(root, join(base, "linked-root"));
  });
  afterAll(() => rm(base, { recursive: true }));

  const check = (path: string) => checkFolder(path, [root]);

  test("folders under a root pass, also through a symlink that stays inside", async () => {
    expect(await check(join(root, "app", "nested"))).toBeNull();
    expect(await check(join(root, "inside"))).toBeNull();
    expect(await check(`${root}/app/../app/`)).toBeNull();
  });

  test("a root that is itself a symlink lets in what it points at", async () => {
    expect(await checkFolder(join(base, "linked-root", "app"), [join(base, "linked-root")])).toBeNull();
  });

  test.each([
    ["beside the root", () => join(base, "outside")],
    ["above the root", () => `${root}/..`],
    ["with the root's name as a prefix", () => join(base, "root-beside")],
    ["through dots", () => `${root}/app/../../outside/app`],
    ["through a symlink", () => join(root, "escape")],
    ["through a symlink further up", () => join(root, "escape", "app")],
    ["that do not exist, outside", () => join(base, "nothing")],
    ["of the system", () => "/etc"],
  ])("folders %s are outside", async (_, path) => {
    expect(await check(path())).toBe("source-outside-roots");
  });

  test.each([
    ["not there", () => join(root, "nothing")],
    ["below a file", () => join(root, "file", "app")],
    ["a symlink to itself", () => join(root, "loop")],
    ["of a name no disk can hold", () => join(root, "x".repeat(300))],
  ])("what is %s is missing", async (_, path) => {
    expect(await check(path())).toBe("source-missing");
  });

  test("a file cannot be deployed as a folder", async () => {
    expect(await check(join(root, "file"))).toBe("source-not-a-folder");
  });

  test("a root that is not there closes only itself", async () => {
    expect(await checkFolder(join(root, "app"), [join(base, "gone"), root])).toBeNull();
    expect(await checkFolder(join(base, "gone", "app"), [join(base, "gone")])).toBe("source-missing");
  });

  test("the folder that is found has no link in its path", async () => {
    expect(await findSourceFolder(join(root, "inside"), [root])).toEqual({ folder: join(root, "app") });
  });

  test("what is outside is not told, whether a link leads to something there or to nothing", async () => {
    await symlink(join(base, "nothing"), join(root, "dangling"));
    await symlink("../nothing", join(root, "dangling-too"));
    for (const path of [
      "escape/app",
      "escape/nothing",
      "dangling",
      "dangling/app",
      "dangling-too",
      "escape/../nothing",
    ])
      expect(await check(`${root}/${path}`), path).toBe("source-outside-roots");
    expect(await check(`${root}/../nothing`)).toBe("source-outside-roots");
    expect(await check(join(base, "file-that-is-not", "app"))).toBe("source-outside-roots");
  });

  test("what is missing behind a link that stays inside is missing", async () => {
    expect(await check(join(root, "inside", "nothing"))).toBe("source-missing");
    expect(await checkFolder(join(base, "linked-root", "nothing"), [join(base, "linked-root")])).toBe("source-missing");
    expect(await check(`${root}/inside/../nothing`)).toBe("source-missing");
  });
});

test("inside means the folder itself or below it, whatever names begin with two dots", () => {
  expect(isInside("/a", "/a")).toBe(true);
  expect(isInside("/a", "/a/..b")).toBe(true);
  expect(isInside("/a", "/ab")).toBe(false);
  expect(isInside("/a/b", "/a")).toBe(false);
});

describe("links", () => {
  let place: string;
  let folder: string;
  beforeEach(async () => {
    place = await realpath(await mkdtemp(join(tmpdir(), "landfall-links-")));
    folder = join(place, "source");
    await mkdir(folder);
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  const name = fc.constantFrom("a", "b", "c", "d");
  const way = fc.array(fc.oneof(name, fc.constantFrom("..", ".")), { minLength: 1, maxLength: 5 });
  const links = fc.array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), way), { minLength: 1, maxLength: 5 });

  test("a link that is let in leads nowhere but inside, as the kernel follows it", async () => {
    for (const outside of ["a", "b", "c", "d"]) await writeFile(join(place, outside), "");
    await fc.assert(
      fc.asyncProperty(links, async (wanted) => {
        await rm(folder, { recursive: true });
        await mkdir(folder);
        for (const [path, text] of wanted) await putLink(path.join("/"), text.join("/"));
        for (const path of wanted.map(([parts]) => parts.join("/"))) {
          if (leadsOut(folder, path)) continue;
          const lands = await realpath(join(folder, path)).catch(() => folder);
          expect(isInside(folder, lands), `${path} in ${JSON.stringify(wanted)}`).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  /** Never through a link, and no name twice. */
  async function putLink(path: string, text: string): Promise<void> {
    const parents = path.split("/").map((_, n, parts) => parts.slice(0, n).join("/"));
    const isTaken = parents.some((parent) =>
      lstatSync(join(folder, parent), { throwIfNoEntry: false })?.isSymbolicLink(),
    );
    if (isTaken || lstatSync(join(folder, path), { throwIfNoEntry: false })) return;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await symlink(text, join(folder, path));
  }

  test("the answer is the same whether there is something outside or not", async () => {
    await writeFile(join(place, "there"), "");
    await mkdir(join(folder, "a/b"), { recursive: true });
    await symlink("../..", join(folder, "a/b/top"));
    for (const path of ["/etc/passwd", "/absent", "../there", "../absent", "a/b/top/../there", "a/b/top/../absent"])
      expect(leadsOut(folder, path), path).toBe(true);
    for (const path of ["a/b/top", "a/b/top/absent", "absent/../a", "a/b/top/a/b/top"])
      expect(leadsOut(folder, path), path).toBe(false);
  });
});

describe("files of a source", () => {
  let root = "";
  let outside = "";
  beforeEach(async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "landfall-open-")));
    [root, outside] = [join(folder, "source"), join(folder, "outside")];
    await mkdir(join(root, "folder"), { recursive: true });
    await mkdir(outside);
    await writeFile(join(root, "folder/a b\n"), "ours");
    await writeFile(join(outside, "a b\n"), "theirs");
  });
  afterEach(() => rm(join(root, ".."), { recursive: true, force: true }));

  const PATH = "folder/a b\n";
  const CHANGED = expect.objectContaining({ code: "source-changed", params: { path: PATH } });
  const swapFile = () => {
    rmSync(join(root, PATH));
    symlinkSync(join(outside, "a b\n"), join(root, PATH));
  };
  const swapForPipe = () => {
    rmSync(join(root, PATH));
    execFileSync("mkfifo", [join(root, PATH)]);
  };
  const swapFolder = () => {
    renameSync(join(root, "folder"), join(root, "elsewhere"));
    symlinkSync(outside, join(root, "folder"));
  };

  test("a file is opened as it is", () => {
    const file = openSourceFile(root, PATH);
    expect(readFileSync(file, "utf8")).toBe("ours");
    closeSync(file);
    expect(readSourceFile(root, PATH).toString()).toBe("ours");
    expect(() => openSourceFile(root, "gone")).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });

  test.each([
    ["a link in its place", swapFile],
    ["a link in the place of a folder above it", swapFolder],
    ["a pipe in its place, which nobody writes to", swapForPipe],
  ])("%s is not", (_, swap) => {
    swap();
    expect(() => openSourceFile(root, PATH)).toThrow(CHANGED);
    expect(() => openSourceFile(root, `../outside/a b\n`)).toThrow(expect.objectContaining({ code: "source-changed" }));
  });

  test.each([
    ["its file", swapFile],
    ["its folder", swapFolder],
  ])("a scan does not read what came in the place of %s after it was listed", async (_, swap) => {
    const { signal } = new AbortController();
    let asked = 0;
    // The signal is checked before each listed folder, and then before each read entry.
    signal.throwIfAborted = () => {
      asked += 1;
      if (asked === 3) swap();
    };
    await expect(scanTree(root, signal)).rejects.toEqual(CHANGED);
    expect(asked).toBeGreaterThanOrEqual(3);
  });

  test.each([swapFile, swapFolder])("what came in its place after the scan is not copied either", async (swap) => {
    const tree = await scanTree(root);
    swap();
    const copied = new LocalHost().putTree(tree, join(root, "../copy"), { signal: new AbortController().signal });
    await expect(copied).rejects.toEqual(CHANGED);
  });
});
