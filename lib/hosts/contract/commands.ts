import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Bench } from "./bench";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      "\\",
      "$",
      "`",
      "\n",
      "\r",
      " ",
      "!",
      "*",
      "~",
      "-",
      "%",
      "=",
      "#",
      "é",
      "日",
      "😀",
    ),
    maxLength: 12,
  }),
);
/** No NUL (impossible in an argument) and no lone surrogate (not text: UTF-8 has no form for it). */
const argument = text.map((value) => value.replaceAll("\0", "").toWellFormed());

export function commands(bench: Bench): void {
  test("gives exit code, output and lines as they were written", async () => {
    const lines: string[] = [];
    const result = await bench.host.run(
      { args: ["sh", "-c", "echo one; echo; printf 'two\\r\\n'; printf three; exit 7"], cwd: bench.folder },
      { onLine: (line, stream) => lines.push(`${stream}: ${line}`) },
    );
    expect(result).toEqual({ exitCode: 7, signal: null, stdout: "one\n\ntwo\r\nthree", stderr: "" });
    expect(lines).toEqual(["stdout: one", "stdout: ", "stdout: two", "stdout: three"]);
  });

  test("arguments arrive exactly, whatever characters are in them", async () => {
    const args = fc.array(argument, { minLength: 40, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(args, async (given) => {
        const { stdout } = await bench.host.run({ args: ["printf", "%s\\0", ...given] });
        expect(stdout.split("\0").slice(0, -1)).toEqual(given);
      }),
      { numRuns: 5 },
    );
  });

  test("so do the values of its environment", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { minLength: 12, maxLength: 12 }), async (values) => {
        const env = Object.fromEntries(values.map((value, index) => [`VALUE_${index}`, value]));
        const show = Object.keys(env).map((name) => `"$${name}"`);
        const { stdout } = await bench.host.run({ args: ["sh", "-c", `printf '%s\\0' ${show.join(" ")}`], env });
        expect(stdout.split("\0").slice(0, -1)).toEqual(values);
      }),
      { numRuns: 3 },
    );
  });

  test("finds a minimal environment and nothing of this process's own", async () => {
    const { stdout } = await bench.host.run({ args: ["env"], env: { GIVEN: "a b\nc" } });
    expect(stdout).toContain("GIVEN=a b\nc");
    expect(stdout).toMatch(/^PATH=.*\/bin/m);
    expect(stdout).toMatch(/^HOME=\//m);
    expect(stdout).toMatch(/^LANG=/m);
    expect(stdout).not.toMatch(/^(VITEST|SSH_)/m);
  });

  test("hands over input of any size, and a command that does not read it does not hang", async () => {
    const input = Buffer.alloc(5_000_000, "0123456789\n");
    const sum = await bench.host.run({ args: ["wc", "-c"] }, { stdin: input });
    expect(sum.stdout.trim()).toBe("5000000");
    expect((await bench.host.run({ args: ["true"] }, { stdin: input })).exitCode).toBe(0);
  });

  test("a command sees the end of its input", async () => {
    expect((await bench.host.run({ args: ["cat"] })).stdout).toBe("");
    expect((await bench.host.run({ args: ["cat"] }, { stdin: "héllo" })).stdout).toBe("héllo");
  });

  test("keeps only the newest bytes, cut between characters", async () => {
    const { stdout } = await bench.host.run({ args: ["printf", "%s", "é".repeat(10)] }, { keepBytes: 5 });
    expect(stdout).toBe("éé");
  });

  test("cuts a long line into pieces and loses nothing of it", async () => {
    const lines: string[] = [];
    await bench.host.run(
      { args: ["sh", "-c", "head -c 200000 /dev/zero | tr '\\0' x; echo"] },
      { onLine: (line) => lines.push(line) },
    );
    expect(lines.map((line) => line.length)).toEqual([65_536, 65_536, 65_536, 3_392]);
  });

  test("100,000 lines arrive in order", async () => {
    let next = 1;
    await bench.host.run(
      { args: ["seq", "100000"] },
      {
        onLine: (line) => {
          if (line === String(next)) next += 1;
        },
      },
    );
    expect(next).toBe(100_001);
  });

  test("runs 30 commands at once", async () => {
    const numbers = Array.from({ length: 30 }, (_, index) => String(index));
    const results = await Promise.all(
      numbers.map((number) => bench.host.run({ args: ["sh", "-c", 'sleep 0.5; echo "$0"', number] })),
    );
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(numbers);
  });

  test("a missing tool, a missing folder and a signal are told apart", async () => {
    const { host } = bench;
    await expect(host.run({ args: ["no-such-tool-here"] })).rejects.toMatchObject({ code: "tool-missing" });
    await expect(host.run({ args: ["true"], cwd: bench.in("none") })).rejects.toMatchObject({ code: "command-failed" });
    expect(await host.run({ args: ["sh", "-c", "kill -9 $$"] })).toMatchObject({ exitCode: null, signal: "SIGKILL" });
    expect(await host.run({ args: ["sh", "-c", "exit 127"] })).toMatchObject({ exitCode: 127, signal: null });
  });

  test("works in a folder of any name", async () => {
    const cwd = bench.in("-a 'b'\n$(c) ü");
    await bench.host.makeDirectory(cwd);
    const { stdout } = await bench.host.run({ args: ["sh", "-c", 'printf %s "$PWD"'], cwd });
    expect(stdout).toBe(cwd);
  });

  test("what a listener throws ends the command", async () => {
    const running = bench.host.run(
      { args: ["sh", "-c", "echo one; sleep 60"] },
      {
        onLine: () => {
          throw new Error("not this line");
        },
      },
    );
    await expect(running).rejects.toThrow("not this line");
  });

  test("aborting ends the whole group, also what ignores TERM only for a while", async () => {
    const abort = new AbortController();
    const pidFile = bench.in("pid");
    const script = `(trap 'sleep 0.2; exit' TERM; echo $$ > "$0"; while :; do sleep 0.05; done) & sleep 60`;
    const running = bench.host.run({ args: ["sh", "-c", script, pidFile] }, { signal: abort.signal });
    const pid = await bench.pidIn(pidFile);
    abort.abort(new Error("cancelled"));
    await expect(running).rejects.toThrow("cancelled");
    expect(await bench.isAlive(pid)).toBe(false);
  });

  test("aborting does not wait for a guard that is stuck", async () => {
    const abort = new AbortController();
    const pidFile = bench.in("pid");
    const script = 'echo "$PPID" >"$0"; exec sleep 60';
    const running = bench.host.run({ args: ["sh", "-c", script, pidFile] }, { signal: abort.signal });
    const guard = String(await bench.pidIn(pidFile));
    await bench.sh('kill -STOP "$1"', guard);
    abort.abort(new Error("cancelled"));
    await expect(running).rejects.toThrow("cancelled");
    await bench.sh('pkill -KILL -P "$1" || true; kill -KILL "$1" || true', guard);
  });

  test("aborting at once leaves nothing behind", async () => {
    const delays = Array.from({ length: 10 }, (_, at) => 2 * at);
    const markerOf = (delayMs: number) => `60.${process.pid}${delayMs}`;
    await Promise.all(
      delays.map(async (delayMs) => {
        const abort = new AbortController();
        const running = bench.host.run({ args: ["sleep", markerOf(delayMs)] }, { signal: abort.signal });
        setTimeout(() => abort.abort(), delayMs);
        await expect(running).rejects.toThrow();
      }),
    );
    const { stdout } = await bench.host.run({ args: ["ps", "-eo", "args"] });
    const left = stdout.split("\n").filter((line) => delays.some((delayMs) => line === `sleep ${markerOf(delayMs)}`));
    expect(left).toEqual([]);
  });

  test("one that was aborted before it began does not begin", async () => {
    const touch = bench.host.run({ args: ["touch", bench.in("began")] }, { signal: AbortSignal.abort() });
    await expect(touch).rejects.toThrow();
    expect(await bench.host.stat(bench.in("began"))).toBeNull();
  });

  test("what a command leaves in the background ends with it", async () => {
    const pidFile = bench.in("pid");
    await bench.host.run({ args: ["sh", "-c", 'sleep 60 & echo $! > "$0"', pidFile] });
    const pid = await bench.pidIn(pidFile);
    await expect.poll(() => bench.isAlive(pid)).toBe(false);
  });

  test("what left its group and holds the output keeps nobody waiting", async () => {
    const script = 'setsid sleep 60 & until [ "$(ps -o sid= -p $!)" -eq $! ]; do :; done; echo $!';
    const { stdout } = await bench.host.run({ args: ["sh", "-c", script] });
    expect(await bench.isAlive(Number(stdout))).toBe(true);
    await bench.sh('kill -KILL "$1"', stdout.trim());
  });

  test("aborting while its input is on the way ends it too", async () => {
    const abort = new AbortController();
    const running = bench.host.run(
      { args: ["touch", bench.in("began")] },
      { stdin: Buffer.alloc(30_000_000), signal: abort.signal },
    );
    setTimeout(() => abort.abort(new Error("cancelled")), 1);
    await expect(running).rejects.toThrow("cancelled");
  });

  test("a command dies with the process that asked for it, kill -9 included", async () => {
    const outfile = join(process.cwd(), `node_modules/.cache/asker-${process.pid}.mjs`);
    const pidFile = bench.in("pid");
    const script = 'echo $$ > "$0"; sleep 60 & sleep 60';
    const ask = `await host.run({ args: ["sh", "-c", ${JSON.stringify(script)}, ${JSON.stringify(pidFile)}] });`;
    await build({
      stdin: { contents: `${bench.under.source}\n${ask}`, resolveDir: process.cwd(), loader: "ts" },
      alias: { "@": process.cwd() },
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      outfile,
    });
    const child = spawn(process.execPath, [outfile], { stdio: "inherit" });
    try {
      const pid = await bench.pidIn(pidFile);
      expect(await bench.isAlive(pid)).toBe(true);
      child.kill("SIGKILL");
      await once(child, "exit");
      await expect.poll(() => bench.isAlive(pid)).toBe(false);
    } finally {
      await rm(outfile, { force: true });
    }
  });

  test("a detached command outlives the one who started it, in a session of its own, and writes to its log", async () => {
    const logFile = bench.in("log/out");
    const script = "echo started in $PWD with $WORD; echo problem >&2; sleep 60";
    const command = { args: ["sh", "-c", script], env: { WORD: "it's" }, cwd: bench.folder } as const;
    const pid = await bench.host.spawnDetached(command, { logFile });
    try {
      const log = async () => (await bench.host.readFile(logFile)).toString();
      await expect.poll(log).toBe(`started in ${bench.folder} with it's\nproblem\n`);
      expect((await bench.host.stat(logFile))?.mode).toBe(0o600);
      expect((await bench.sh('ps -o pgid=,sid= -p "$1"', String(pid))).trim().split(/\s+/)).toEqual([
        `${pid}`,
        `${pid}`,
      ]);
    } finally {
      await bench.sh('kill -KILL -"$1"', String(pid));
    }
  });

  test("a detached command that is not there is a problem, and an old log is kept", async () => {
    const logFile = bench.in("log");
    await bench.host.writeFile(logFile, "before\n");
    await expect(bench.host.spawnDetached({ args: ["no-such-tool-here"] }, { logFile })).rejects.toMatchObject({
      code: "command-failed",
    });
    await bench.host.spawnDetached({ args: ["echo", "after"] }, { logFile });
    await expect.poll(async () => (await bench.host.readFile(logFile)).toString()).toBe("before\nafter\n");
  });
}
