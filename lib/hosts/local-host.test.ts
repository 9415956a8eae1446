import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LocalHost } from "./local-host";
import { scanTree } from "./scan-tree";

// Real processes on a machine that may be busy: what is slow there is not wrong.
vi.setConfig({ testTimeout: 30_000 });

const host = new LocalHost();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-host-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A zombie is dead: only its new parent has not noticed yet. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat !== "" && !/\) Z /.test(stat);
}

async function pidFrom(file: string): Promise<number> {
  await expect.poll(() => readFile(file, "utf8").catch(() => ""), { timeout: 5_000 }).toMatch(/^\d+\n/);
  return Number(await readFile(file, "utf8"));
}

describe("run", () => {
  test("gives exit code, output and lines as they were written", async () => {
    const lines: string[] = [];
    const result = await host.run(
      { args: ["sh", "-c", "echo one; echo; printf 'two\\r\\n'; printf three; exit 7"], cwd: folder },
      { onLine: (line, stream) => lines.push(`${stream}: ${line}`) },
    );
    expect(result).toEqual({ exitCode: 7, signal: null, stdout: "one\n\ntwo\r\nthree", stderr: "" });
    expect(lines).toEqual(["stdout: one", "stdout: ", "stdout: two", "stdout: three"]);
  });

  test("hands over input of any size, and a command that does not read it does not hang", async () => {
    const input = Buffer.alloc(3_000_000, "0123456789\n");
    const sum = await host.run({ args: ["wc", "-c"] }, { stdin: input });
    expect(sum.stdout.trim()).toBe("3000000");
    expect((await host.run({ args: ["true"] }, { stdin: input })).exitCode).toBe(0);
  });

  test("a command sees the end of its input", async () => {
    expect((await host.run({ args: ["cat"] })).stdout).toBe("");
    expect((await host.run({ args: ["cat"] }, { stdin: "héllo" })).stdout).toBe("héllo");
  });

  test("keeps only the newest bytes, cut between characters", async () => {
    const { stdout } = await host.run({ args: ["printf", "%s", "é".repeat(10)] }, { keepBytes: 5 });
    expect(stdout).toBe("éé");
  });

  test("cuts a long line into pieces and loses nothing of it", async () => {
    const lines: string[] = [];
    await host.run(
      { args: ["sh", "-c", "head -c 200000 /dev/zero | tr '\\0' x; echo"] },
      { onLine: (line) => lines.push(line) },
    );
    expect(lines.map((line) => line.length)).toEqual([65_536, 65_536, 65_536, 3_392]);
  });

  test("100,000 lines arrive in order and quickly", async () => {
    let next = 1;
    const started = performance.now();
    await host.run(
      { args: ["seq", "100000"] },
      {
        onLine: (line) => {
          if (line === String(next)) next += 1;
        },
      },
    );
    expect(next).toBe(100_001);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test("a missing tool, a missing folder and a signal are told apart", async () => {
    await expect(host.run({ args: ["no-such-tool-here"] })).rejects.toMatchObject({ code: "tool-missing" });
    await expect(host.run({ args: ["true"], cwd: join(folder, "none") })).rejects.toMatchObject({
      code: "command-failed",
    });
    expect(await host.run({ args: ["sh", "-c", "kill -9 $$"] })).toMatchObject({ exitCode: null, signal: "SIGKILL" });
    expect(await host.run({ args: ["sh", "-c", "exit 127"] })).toMatchObject({ exitCode: 127, signal: null });
  });

  test("passes on nothing of this process's own environment", async () => {
    const { stdout } = await host.run({ args: ["env"], env: { GIVEN: "a b\nc" } });
    expect(stdout).toContain("GIVEN=a b\nc");
    expect(stdout).not.toMatch(/^VITEST/m);
  });

  test("aborting ends the whole group, also what ignores TERM only for a while", async () => {
    const abort = new AbortController();
    const pidFile = join(folder, "pid");
    const running = host.run(
      {
        args: [
          "sh",
          "-c",
          `(trap 'sleep 0.2; exit' TERM; echo $$ > ${pidFile}; while :; do sleep 0.05; done) & sleep 60`,
        ],
      },
      { signal: abort.signal },
    );
    const pid = await pidFrom(pidFile);
    abort.abort(new Error("cancelled"));
    await expect(running).rejects.toThrow("cancelled");
    expect(await isAlive(pid)).toBe(false);
  });

  test("aborting at once leaves nothing behind", async () => {
    for (let delayMs = 0; delayMs < 20; delayMs += 2) {
      const marker = `60.${process.pid}${delayMs}`;
      const abort = new AbortController();
      const running = host.run({ args: ["sleep", marker] }, { signal: abort.signal });
      setTimeout(() => abort.abort(), delayMs);
      await expect(running).rejects.toThrow();
      const { stdout } = await host.run({ args: ["ps", "-eo", "args"] });
      expect(stdout.split("\n").filter((line) => line.startsWith(`sleep ${marker}`))).toEqual([]);
    }
  });

  test("what a command leaves in the background ends with it", async () => {
    const pidFile = join(folder, "pid");
    await host.run({ args: ["sh", "-c", `sleep 60 & echo $! > ${pidFile}`] });
    const pid = await pidFrom(pidFile);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  test("a command dies with the process that asked for it, kill -9 included", async () => {
    const asker = join(folder, "asker.mjs");
    const pidFile = join(folder, "pid");
    await build({
      stdin: {
        contents: `import { LocalHost } from "./lib/hosts/local-host";
          await new LocalHost().run({ args: ["sh", "-c", "echo $$ > ${pidFile}; sleep 60 & sleep 60"] });`,
        resolveDir: process.cwd(),
        loader: "ts",
      },
      alias: { "@": process.cwd() },
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      outfile: join(process.cwd(), "node_modules/.cache", `asker-${process.pid}.mjs`),
    });
    const built = join(process.cwd(), "node_modules/.cache", `asker-${process.pid}.mjs`);
    const child = spawn(process.execPath, [built], { stdio: "inherit" });
    try {
      const pid = await pidFrom(pidFile);
      expect(await isAlive(pid)).toBe(true);
      child.kill("SIGKILL");
      await once(child, "exit");
      await expect.poll(() => isAlive(pid), { timeout: 3_000 }).toBe(false);
    } finally {
      await rm(asker, { force: true });
      await rm(built, { force: true });
    }
  });
});

describe("files", () => {
  test("writing is atomic, makes folders and keeps the mode", async () => {
    const path = join(folder, "a/b/secret");
    await host.writeFile(path, "one", { mode: 0o600 });
    await host.writeFile(path, "two", { mode: 0o600 });
    expect((await host.readFile(path)).toString()).toBe("two");
    expect((await host.stat(path))?.mode).toBe(0o600);
    expect(await host.list(join(folder, "a/b"))).toEqual(["secret"]);
    expect(await host.stat(join(folder, "none"))).toBeNull();
    expect(await host.diskFreeBytes(join(folder, "not/yet/there"))).toBeGreaterThan(0);
  });

  test("removing takes read-only folders too and is safe to repeat", async () => {
    await mkdir(join(folder, "tree/inner"), { recursive: true });
    await writeFile(join(folder, "tree/inner/file"), "x");
    await chmod(join(folder, "tree/inner"), 0o500);
    await host.remove(join(folder, "tree"));
    await host.remove(join(folder, "tree"));
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("putTree", () => {
  async function aSource(): Promise<string> {
    const source = join(folder, "source");
    await mkdir(join(source, "empty"), { recursive: true });
    await mkdir(join(source, "node_modules/left-pad"), { recursive: true });
    await mkdir(join(source, "bin"));
    await writeFile(join(source, "bin/run"), "#!/bin/sh\n", { mode: 0o755 });
    await writeFile(join(source, "-n\n$(x) 'ü'"), "odd");
    await symlink("bin/run", join(source, "run"));
    return source;
  }

  test("copies modes, links, empty folders and odd names, and skips what never travels", async () => {
    const tree = await scanTree(await aSource());
    const to = join(folder, "releases/1");
    const progress: number[] = [];
    const result = await host.putTree(tree, to, { onProgress: ({ files }) => progress.push(files) });
    expect(result).toMatchObject({ files: 3, sentFiles: 3 });
    expect(progress.at(-1)).toBe(3);
    expect((await readdir(to)).sort()).toEqual(["-n\n$(x) 'ü'", "bin", "empty", "run"]);
    expect((await stat(join(to, "run"))).mode & 0o777).toBe(0o755);
    expect(await readdir(join(folder, "releases"))).toEqual(["1"]);
    expect((await scanTree(to)).entries).toEqual(tree.entries);
  });

  test("counts as sent only what the base does not have, and shares no file with the source", async () => {
    const source = await aSource();
    const first = await scanTree(source);
    await writeFile(join(source, "bin/run"), "#!/bin/sh\necho 2\n");
    const to = join(folder, "releases/2");
    const result = await host.putTree(await scanTree(source), to, { base: { path: source, entries: first.entries } });
    expect(result).toMatchObject({ files: 3, sentFiles: 1, sentBytes: 17 });
    expect((await stat(join(to, "bin/run"))).ino).not.toBe((await stat(join(source, "bin/run"))).ino);
  });

  test("a cancelled copy leaves nothing", async () => {
    const tree = await scanTree(await aSource());
    await expect(host.putTree(tree, join(folder, "releases/3"), { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(await readdir(join(folder, "releases"))).toEqual([]);
  });
});

test("connects to a socket path and to a port, and a refused connection rejects", async () => {
  const port = await host.freePort();
  await expect(host.connect({ port })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await expect(host.connect({ socketPath: join(folder, "none.sock") })).rejects.toMatchObject({ code: "ENOENT" });
});

test("a detached command outlives the one who started it and writes to its log", async () => {
  const logFile = join(folder, "log/out");
  const pid = await host.spawnDetached({ args: ["sh", "-c", "echo started; sleep 60"] }, { logFile });
  try {
    await expect.poll(() => readFile(logFile, "utf8")).toBe("started\n");
  } finally {
    process.kill(-pid, "SIGKILL");
  }
  await sleep(10);
});
