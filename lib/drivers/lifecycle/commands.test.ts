import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Problem } from "@/lib/contracts/problem";
import type { ReleaseCommandRun } from "@/lib/contracts/release-command";
import type { PhaseContext } from "../driver";
import { COMMAND_OUTPUT_BYTES, OUTPUT_LEFT_OUT } from "../release-layout";
import type { CommandEnd, OnOutput, OwnCommand, Runner } from "../runner";
import { commandsMs, runHook, runReleaseCommand } from "./commands";

const COMMANDS = { releaseCommand: "migrate", beforeSwitch: "warm", afterSwitch: "purge", commandTimeoutSeconds: 60 };

/** A host on which a command that was started ends as given; null when the host knows none. */
function aHost(end: CommandEnd | null, output: readonly string[] = []) {
  const calls: string[] = [];
  const runner = {
    startCommand: async (_: unknown, { name, begins }: OwnCommand) => {
      await begins();
      calls.push(`start ${name}`);
    },
    followCommand: async ({ signal }: PhaseContext, name: string, onOutput: OnOutput) => {
      calls.push(`follow ${name}`);
      for (const line of output) onOutput(line, "stdout", false);
      await sleep(20, undefined, { signal });
      return end;
    },
    endCommands: async () => void calls.push("end"),
    status: async () => null,
  };
  return { calls, runner: runner as unknown as Runner };
}

function aContext(kind: PhaseContext["kind"] = "deploy", settings: object = COMMANDS) {
  const warnings: Problem[] = [];
  const log: string[] = [];
  const ctx = {
    kind,
    spec: { settings },
    release: { id: "r1", artifact: null },
    signal: AbortSignal.timeout(60_000),
    log: (line: string) => {
      log.push(line);
      return 7;
    },
    progress: () => {},
    warn: (problem: Problem) => void warnings.push(problem),
  };
  return { warnings, log, ctx: ctx as unknown as PhaseContext };
}

const BEGUN: ReleaseCommandRun = {
  startedAt: new Date().toISOString(),
  ...{ endedAt: null, durationMs: null, exitCode: null, line: 7 },
};
const lost = { how: "lost" };

test("the record says that it begins before it is started, and how it ended before it is removed", async () => {
  const { calls, runner } = aHost({ exitCode: 0, signal: null });
  const run = await runReleaseCommand(aContext().ctx, runner, null, async ({ endedAt }) => {
    calls.push(endedAt === null ? "begins" : "ended");
  });
  expect(calls).toEqual(["end", "begins", "start release", "follow release", "ended", "end"]);
  expect(run).toMatchObject({ exitCode: 0, line: 7 });
});

test("one that began and that the host does not know is failed, and never started a second time", async () => {
  const { calls, runner } = aHost(null);
  const again = runReleaseCommand(aContext().ctx, runner, BEGUN, async () => {});
  await expect(again).rejects.toMatchObject({ code: "release-command-failed", params: lost });
  expect(calls).toEqual(["follow release"]);
});

test("one that has ended is not run again", async () => {
  const ended = { ...BEGUN, endedAt: BEGUN.startedAt, durationMs: 5, exitCode: 0 };
  const { calls, runner } = aHost(null);
  expect(await runReleaseCommand(aContext().ctx, runner, ended, async () => {})).toEqual(ended);
  const failed = runReleaseCommand(aContext().ctx, runner, { ...ended, exitCode: 3 }, async () => {});
  await expect(failed).rejects.toMatchObject({ params: { how: "exit", exitCode: 3 } });
  expect(calls).toEqual(["end", "end"]);
});

test("one that ended while no worker followed it has the result that the host knows, however long ago that was", async () => {
  const began = { ...BEGUN, startedAt: new Date(Date.now() - 3_600_000).toISOString() };
  const { calls, runner } = aHost({ exitCode: 0, signal: null });
  const run = await runReleaseCommand(aContext().ctx, runner, began, async () => {});
  expect(run).toMatchObject({ startedAt: began.startedAt, exitCode: 0 });
  expect(calls).toEqual(["follow release", "end"]);
});

test("one that is known to have ended, and not how, is failed", async () => {
  const { runner } = aHost({ exitCode: null, signal: null });
  const began = runReleaseCommand(aContext().ctx, runner, BEGUN, async () => {});
  await expect(began).rejects.toMatchObject({ code: "release-command-failed", params: lost });
  const ended = { ...BEGUN, endedAt: BEGUN.startedAt, durationMs: 5 };
  const again = runReleaseCommand(aContext().ctx, runner, ended, async () => {});
  await expect(again).rejects.toMatchObject({ params: lost });
});

test("past its time limit it is ended, and its record says that it has ended", async () => {
  const { calls, runner } = aHost({ exitCode: 0, signal: null });
  const slow = { ...runner, followCommand: (ctx: PhaseContext) => sleep(60_000, null, { signal: ctx.signal }) };
  const kept: ReleaseCommandRun[] = [];
  const { ctx } = aContext("deploy", { ...COMMANDS, commandTimeoutSeconds: 1 });
  const run = runReleaseCommand(ctx, slow, null, async (record) => void kept.push(record));
  await expect(run).rejects.toMatchObject({ params: { how: "timeout", seconds: 1 } });
  expect(kept).toMatchObject([{ endedAt: null }, { endedAt: expect.any(String), exitCode: null }]);
  expect(calls.at(-1)).toBe("end");
});

test("the log has its output up to a limit, and says that the rest is left out", async () => {
  const mega = "x".repeat(COMMAND_OUTPUT_BYTES / 2 - 1);
  const { runner } = aHost({ exitCode: 0, signal: null }, [mega, mega, "more", "and more"]);
  const { ctx, log } = aContext();
  await runReleaseCommand(ctx, runner, null, async () => {});
  expect(log.slice(1, -1)).toEqual([mega, mega, OUTPUT_LEFT_OUT]);
});

test("a rollback runs no release command and nothing before the switch", async () => {
  const { calls, runner } = aHost({ exitCode: 0, signal: null });
  const { ctx } = aContext("rollback");
  expect(await runReleaseCommand(ctx, runner, null, async () => {})).toBeNull();
  expect(await runHook(ctx, runner, "before-switch")).toEqual([]);
  expect((await runHook(ctx, runner, "after-switch")).map(({ code }) => code)).toEqual(["after-switch-ran"]);
  expect(calls).toEqual(["end", "start after-switch", "follow after-switch", "end"]);
});

test("a hook that fails before the switch fails its phase; after the switch it is a warning", async () => {
  const { runner } = aHost({ exitCode: null, signal: "SIGKILL" });
  const { ctx, warnings } = aContext();
  const params = { how: "signal", signal: "SIGKILL" };
  await expect(runHook(ctx, runner, "before-switch")).rejects.toMatchObject({ code: "before-switch-failed", params });
  expect(await runHook(ctx, runner, "after-switch")).toEqual([]);
  expect(warnings).toMatchObject([{ code: "after-switch-failed", params }]);
});

test("a connection that breaks in the hook after the switch is a warning too, and before the switch it is not", async () => {
  const { runner } = aHost(null);
  const broken = { ...runner, startCommand: () => Promise.reject(new Error("socket hang up")) };
  const { ctx, warnings } = aContext();
  await expect(runHook(ctx, broken, "before-switch")).rejects.toThrow("socket hang up");
  expect(await runHook(ctx, broken, "after-switch")).toEqual([]);
  expect(warnings).toMatchObject([{ code: "after-switch-failed", params: lost }]);
});

test("the time for commands is that of those that there are; a service without has none", () => {
  expect(commandsMs({ settings: COMMANDS })).toBe(180_000);
  expect(commandsMs({ settings: { releaseCommand: "migrate" } })).toBe(300_000);
  expect(commandsMs({ settings: { https: true } })).toBe(0);
});
