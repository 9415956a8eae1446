import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { apartFromSecrets } from "./settings";
import { type ProcessSpec, SupervisedProcess } from "./supervised-process";

const NEVER = new AbortController().signal;
let directory: string;
let running: SupervisedProcess | undefined;
let lost: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "landfall-process-"));
  lost = [];
});

afterEach(async () => {
  await running?.stop({ graceMs: 0, hurry: NEVER });
  await rm(directory, { recursive: true });
});

async function start(program: string, more: Partial<ProcessSpec> = {}): Promise<SupervisedProcess> {
  const file = join(directory, "program.mjs");
  await writeFile(file, program);
  running = new SupervisedProcess({
    name: "test",
    cwd: directory,
    env: process.env,
    logFile: join(directory, "log"),
    onLost: (how, delayMs) => lost.push(`${how}, again in ${delayMs} ms`),
    ...more,
    args: [...(more.args ?? []), file],
  });
  return running;
}

function said(): Promise<string> {
  return readFile(join(directory, "log"), "utf8");
}

test("what dies is started again, after a delay that grows", async () => {
  await start("console.log('up'); process.exit(7)");
  await vi.waitFor(() => expect(lost).toHaveLength(2), { timeout: 30_000 });
  expect(lost).toEqual(["exit code 7, again in 500 ms", "exit code 7, again in 1000 ms"]);
  expect(await said()).toBe("up\nup\n");
});

test("what is asked to end may finish, and is not started again", async () => {
  const program = await start(`
    process.on("SIGTERM", () => setTimeout(() => { console.log("finished"); process.exit(0); }, 100));
    setInterval(() => {}, 1000);
    console.log("up");`);
  await vi.waitFor(async () => expect(await said()).toBe("up\n"), { timeout: 30_000 });
  await program.stop({ graceMs: 5_000, hurry: NEVER });
  expect(await said()).toBe("up\nfinished\n");
  expect(lost).toEqual([]);
});

test.each([
  ["past its time", { graceMs: 200, hurry: NEVER }],
  ["when there is no time at all", { graceMs: 60_000, hurry: AbortSignal.abort() }],
])(
  "what does not end is ended %s",
  async (_, patience) => {
    const program = await start(`process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up");`);
    await vi.waitFor(async () => expect(await said()).toBe("up\n"), { timeout: 30_000 });
    const ended = program.firstEnd();
    await program.stop(patience);
    expect(await ended).toBe("ended by SIGKILL");
  },
  15_000,
);

test("a process has its secrets, also when it is started again, and they are not in what it was started with", async () => {
  const env = { PATH: process.env.PATH, LANDFALL_CONSOLE_PID: String(process.pid), HOST: "h", REGISTRY_TOKEN: "t0ken" };
  const { plain, secrets } = apartFromSecrets(env as unknown as NodeJS.ProcessEnv);
  const preload = `--import=${join(import.meta.dirname, "../take-secrets.mjs")}`;
  const program = `
    import { readFileSync } from "node:fs";
    const isShown = readFileSync("/proc/self/environ", "utf8").includes("t0ken");
    console.log(process.env.HOST, process.env.REGISTRY_TOKEN, isShown);
    process.exit(7);`;
  await start(program, { env: plain, secrets, args: [preload] });
  await vi.waitFor(() => expect(lost).toHaveLength(2), { timeout: 30_000 });
  expect(await said()).toBe("h t0ken false\nh t0ken false\n");
});
