import { randomBytes, randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { scanTree } from "../scan-tree";
import { type Bench, ODD_NAMES } from "./bench";

/** An id above the maximum, so no process has it. */
const DEAD_PID = 4_194_304 * 2;

export function files(bench: Bench): void {
  test("writing is atomic, makes folders and keeps the mode", async () => {
    const { host } = bench;
    const path = bench.in("a/b/secret");
    await host.writeFile(path, "one", { mode: 0o600 });
    await host.writeFile(path, "two", { mode: 0o600 });
    expect((await host.readFile(path)).toString()).toBe("two");
    expect(await host.stat(path)).toMatchObject({ kind: "file", size: 3, mode: 0o600 });
    expect(await host.list(bench.in("a/b"))).toEqual(["secret"]);
  });

  test("a file is for others to read unless told otherwise, and may be replaced by one with another mode", async () => {
    const path = bench.in("open");
    await bench.host.writeFile(path, "");
    expect((await bench.host.stat(path))?.mode).toBe(0o644);
    await bench.host.writeFile(path, "", { mode: 0o600 });
    expect((await bench.host.stat(path))?.mode).toBe(0o600);
  });

  test("a write that cannot end leaves nothing", async () => {
    await bench.host.makeDirectory(bench.in("taken/inner"));
    await expect(bench.host.writeFile(bench.in("taken"), "x")).rejects.toThrow();
    expect(await bench.host.list(bench.folder)).toEqual(["taken"]);
  });

  test("what a writer that died left unfinished goes with the next write, and with the file", async () => {
    const leave = async () => {
      const unfinished = bench.in(`.secret.${DEAD_PID}.${randomUUID()}`);
      await bench.sh(`echo half >"$1"; touch -d '5 minutes ago' "$1"`, unfinished);
    };
    await bench.host.writeFile(bench.in(".secret.other"), "");
    await leave();
    await bench.host.writeFile(bench.in("secret"), "whole");
    expect(await bench.host.list(bench.folder)).toEqual([".secret.other", "secret"]);
    await leave();
    await bench.host.remove(bench.in("secret"));
    expect(await bench.host.list(bench.folder)).toEqual([".secret.other"]);
  });

  test("bytes come back as they were, whole and in part", async () => {
    const content = randomBytes(3_000_000);
    const path = bench.in("bytes");
    await bench.host.writeFile(path, content);
    expect((await bench.host.readFile(path)).equals(content)).toBe(true);
    expect((await buffer(await bench.host.openRead(path))).equals(content)).toBe(true);
    const part = await buffer(await bench.host.openRead(path, { start: 1_000_000, end: 2_000_000 }));
    expect(part.equals(content.subarray(1_000_000, 2_000_001))).toBe(true);
    expect((await buffer(await bench.host.openRead(path, { start: 2_999_999 }))).length).toBe(1);
    expect((await buffer(await bench.host.openRead(path, { start: 5_000_000 }))).length).toBe(0);
    const stream = await bench.host.openRead(path);
    stream.destroy();
  });

  test("reads what does not know its size, and nothing from an empty file", async () => {
    expect((await bench.host.readFile("/proc/self/mounts")).length).toBeGreaterThan(0);
    await bench.host.writeFile(bench.in("empty"), "");
    expect((await bench.host.readFile(bench.in("empty"))).length).toBe(0);
  });

  test("what is not there is null to look at and an error to read or list", async () => {
    const { host } = bench;
    await host.writeFile(bench.in("file"), "");
    for (const path of [bench.in("none"), bench.in("none/inner")]) {
      expect(await host.stat(path)).toBeNull();
      await expect(host.readFile(path)).rejects.toMatchObject({ code: "ENOENT" });
      await expect(host.openRead(path)).rejects.toMatchObject({ code: "ENOENT" });
      await expect(host.list(path)).rejects.toMatchObject({ code: "ENOENT" });
    }
    expect(await host.stat(bench.in("file/inner"))).toBeNull();
  });

  test("tells files, folders, links and the rest apart, and does not follow links", async () => {
    await bench.sh(
      'cd "$1"; mkdir folder; echo hello >file; ln -s none link; mkfifo pipe; chmod 750 folder',
      bench.folder,
    );
    const stat = (name: string) => bench.host.stat(bench.in(name));
    expect(await stat("file")).toMatchObject({ kind: "file", size: 6 });
    expect(await stat("folder")).toMatchObject({ kind: "directory", mode: 0o750 });
    expect(await stat("link")).toMatchObject({ kind: "symlink" });
    expect(await stat("pipe")).toMatchObject({ kind: "other" });
    await bench.sh('touch -d "2020-02-03 04:05:06Z" "$1"', bench.in("file"));
    expect((await stat("file"))?.modifiedAt).toEqual(new Date("2020-02-03T04:05:06Z"));
  });

  test("lists in order, also very many", async () => {
    await bench.sh('cd "$1"; seq 1 1500 | xargs touch', bench.folder);
    const expected = Array.from({ length: 1_500 }, (_, index) => String(index + 1)).sort();
    expect(await bench.host.list(bench.folder)).toEqual(expected);
  });

  test("makes folders, also again, and not where a file is", async () => {
    const path = bench.in("a/b/c");
    await Promise.all([bench.host.makeDirectory(path), bench.host.makeDirectory(path)]);
    expect((await bench.host.stat(path))?.kind).toBe("directory");
    await bench.host.writeFile(bench.in("file"), "");
    await expect(bench.host.makeDirectory(bench.in("file"))).rejects.toThrow();
    await expect(bench.host.makeDirectory(bench.in("file/inner"))).rejects.toThrow();
    await bench.sh('cd "$1"; ln -s a link', bench.folder);
    await bench.host.makeDirectory(bench.in("link"));
    await bench.host.makeDirectory(bench.in("link/d"));
    expect(await bench.host.list(bench.in("a"))).toEqual(["b", "d"]);
  });

  test("names of any kind", async () => {
    for (const name of ODD_NAMES) {
      const path = bench.in(`${name}/${name}`);
      await bench.host.writeFile(path, name, { mode: 0o640 });
      expect((await bench.host.readFile(path)).toString()).toBe(name);
      expect(await bench.host.list(bench.in(name))).toEqual([name]);
    }
    expect(await bench.host.list(bench.folder)).toEqual([...ODD_NAMES].sort());
    for (const name of ODD_NAMES) await bench.host.remove(bench.in(name));
    expect(await bench.host.list(bench.folder)).toEqual([]);
  });

  test("removing takes read-only folders too, follows no link, and is safe to repeat", async () => {
    await bench.sh(
      'cd "$1"; mkdir -p tree/inner kept; echo x >tree/inner/file; echo x >kept/file; ln -s ../kept tree/link',
      bench.folder,
    );
    await bench.sh('chmod 500 "$1"', bench.in("tree/inner"));
    await bench.host.remove(bench.in("tree"));
    await bench.host.remove(bench.in("tree"));
    await bench.host.remove(bench.in("tree/inner"));
    expect(await bench.host.list(bench.folder)).toEqual(["kept"]);
    await bench.sh('ln -s kept "$1"', bench.in("link"));
    await bench.host.remove(bench.in("link"));
    expect(await bench.host.list(bench.in("kept"))).toEqual(["file"]);
  });

  test("knows how much fits, also where nothing is yet", async () => {
    expect(await bench.host.diskFreeBytes(bench.folder)).toBeGreaterThan(0);
    expect(await bench.host.diskFreeBytes(bench.in("not/yet/there"))).toBeGreaterThan(0);
  });
}

/** Kind, mode, link and path of all entries in a folder, separated by a character that no name contains. */
const FIND = `cd "$1"; find . -mindepth 1 \\( -type l -printf 'l - %l %P\\0' -o -printf '%y %m - %P\\0' \\)`;

export function trees(bench: Bench): void {
  let source: string;

  beforeEach(async () => {
    source = await mkdtemp(join(tmpdir(), "landfall-source-"));
    await mkdir(join(source, "empty"));
    await mkdir(join(source, "node_modules/left-pad"), { recursive: true });
    await mkdir(join(source, "bin"));
    await writeFile(join(source, "bin/run"), "#!/bin/sh\n");
    await chmod(join(source, "bin/run"), 0o755);
    await writeFile(join(source, "-n\n$(x) 'ü'"), "odd");
    await symlink("bin/run", join(source, "run"));
  });
  afterEach(() => rm(source, { recursive: true, force: true }));

  const found = async (folder: string) => (await bench.sh(FIND, folder)).split("\0").filter(Boolean).sort();

  test("copies modes, links, empty folders and odd names, and skips what never travels", async () => {
    const to = bench.in("releases/1");
    const progress: number[] = [];
    const tree = await scanTree(source);
    const result = await bench.host.putTree(tree, to, { onProgress: ({ files }) => progress.push(files) });
    expect(result).toMatchObject({ files: 3, sentFiles: 3 });
    expect(progress.at(-1)).toBe(3);
    const marks = { file: "f", directory: "d" };
    const expected = tree.entries.map(({ kind, mode, digest, path }) =>
      kind === "symlink" ? `l - ${digest} ${path}` : `${marks[kind]} ${mode.toString(8)} - ${path}`,
    );
    expect(await found(to)).toEqual(expected.sort());
    expect(await bench.host.list(bench.in("releases"))).toEqual(["1"]);
    expect((await bench.host.readFile(join(to, "-n\n$(x) 'ü'"))).toString()).toBe("odd");
  });

  test("counts as sent only what the base does not have", async () => {
    const first = await scanTree(source);
    await bench.host.putTree(first, bench.in("releases/1"), {});
    await writeFile(join(source, "bin/run"), "#!/bin/sh\necho 2\n");
    const base = { path: bench.in("releases/1"), entries: first.entries };
    const result = await bench.host.putTree(await scanTree(source), bench.in("releases/2"), { base });
    expect(result).toMatchObject({ files: 3, sentFiles: 1, sentBytes: 17 });
    expect((await bench.host.readFile(bench.in("releases/2/bin/run"))).toString()).toContain("echo 2");
    expect((await bench.host.readFile(bench.in("releases/1/bin/run"))).toString()).not.toContain("echo 2");
  });

  test("a cancelled copy leaves no release", async () => {
    const copying = bench.host.putTree(await scanTree(source), bench.in("releases/3"), { signal: AbortSignal.abort() });
    await expect(copying).rejects.toThrow();
    expect(await bench.host.stat(bench.in("releases/3"))).toBeNull();
  });
}
