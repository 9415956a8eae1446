import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { scanTree } from "../scan-tree";
import type { Bench } from "./bench";

/** Kind, mode, link and path of all in a folder, separated by what no name has. */
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
