import { expect, test } from "vitest";
import { ConstantLoad } from "./constant-load";
import type { Attempt, DeployOptions } from "./test-run";
import type { Workbench } from "./workbench";

/** A service's own commands around a deployment. */
export function releaseCommand(bench: Workbench): void {
  const withCommands = (commands: Record<string, string | number>): DeployOptions => ({
    spec: { settings: { ...bench.service.spec.settings, ...commands } },
  });
  const linesOf = (attempt: Attempt, beginning: string) => attempt.log.filter((line) => line.startsWith(beginning));
  const left = async (mark: string) => {
    const { stdout } = await bench.host.run({ args: ["ps", "-eo", "args"] });
    return stdout.split("\n").filter((line) => line.endsWith(`sleep ${mark}`));
  };

  test("every phase may run again after its worker died; a release command runs once, in the release's environment and before it starts", async () => {
    await bench.serving();
    const load = new ConstantLoad(bench.url);
    await bench.source({ version: "commands" });
    const commands = {
      releaseCommand: `sh -c 'echo "migrates $GREETING of $LANDFALL_RELEASE"'`,
      beforeSwitch: `sh -c 'echo "warms $LANDFALL_ADDRESS"'`,
      afterSwitch: "sh -c 'echo purges; exit 4'",
    };
    const environment = { GREETING: "hello" };
    const attempt = await bench.service.deploy({ ...withCommands(commands), environment, crashInEveryPhase: true });
    expect(attempt.problem).toBeNull();
    expect(linesOf(attempt, "migrates")).toEqual([`migrates hello of ${attempt.releaseId}`]);
    expect(attempt.releaseCommand).toMatchObject({ exitCode: 0, endedAt: expect.any(String) });
    expect(attempt.details.start).toMatch(/^release command ran, /);
    // The second run of Verify Health comes after the switch.
    expect(linesOf(attempt, "warms")).toEqual([expect.stringMatching(/^warms http:\/\/\S+:\d+$/)]);
    expect(attempt.log).toContain("warning: after-switch-failed");
    expect((await bench.ask()).version).toBe("commands");
    expect((await load.stop()).failures).toEqual([]);
    expect(bench.driver.phases.every(({ repeatable }) => repeatable)).toBe(true);
  });

  test("when it fails the deployment is undone, with its exit code and the line that says why", async () => {
    const { kept, version } = await bench.serving();
    await bench.source({ version: "2" });
    const attempt = await bench.service.deploy(
      withCommands({ releaseCommand: "sh -c 'echo \"error: no such table\" >&2; exit 3'" }),
    );
    expect(attempt).toMatchObject({ failedIn: "start", stuck: [], releaseCommand: { exitCode: 3 } });
    const { code, params, detail, line } = attempt.problem ?? {};
    expect({ code, params, detail }).toEqual({
      code: "release-command-failed",
      params: { how: "exit", exitCode: 3 },
      detail: "error: no such table",
    });
    expect(attempt.log[(line ?? 0) - 1]).toBe("error: no such table");
    expect((await bench.ask()).version).toBe(version);
    await bench.expectOnly(kept);
  });

  test("past its time limit, and when it is cancelled, it ends with everything that it started", async () => {
    const { version } = await bench.serving();
    const commands = (seconds: number, mark: string) =>
      withCommands({
        releaseCommand: `sh -c 'trap "exit 1" TERM; sleep ${mark} & echo waits; wait'`,
        commandTimeoutSeconds: seconds,
      });
    const late = await bench.service.deploy(commands(1, "3611"));
    expect(late).toMatchObject({ failedIn: "start", stuck: [], problem: { code: "release-command-failed" } });
    expect(late.problem?.params).toEqual({ how: "timeout", seconds: 1 });
    expect(await left("3611")).toEqual([]);
    const cancelled = await bench.service.deploy({ ...commands(600, "3612"), ...abortAt("waits") });
    expect(cancelled).toMatchObject({ failedIn: "start", stuck: [] });
    expect(await left("3612")).toEqual([]);
    expect((await bench.ask()).version).toBe(version);
  });

  test("one whose worker died is followed to its end by the next worker", async () => {
    await bench.serving();
    await bench.source({ version: "followed" });
    const commands = withCommands({ releaseCommand: "sh -c 'echo began $$; sleep 2; echo finished'" });
    const died = await bench.service.deploy({ ...commands, leave: true, ...abortAt("began") });
    expect(died).toMatchObject({ failedIn: "start", releaseCommand: { endedAt: null } });
    const next = await bench.service.takeOver(died, commands);
    expect(next.problem).toBeNull();
    expect(linesOf(next, "began")).toEqual(linesOf(died, "began"));
    expect(linesOf(next, "finished")).toHaveLength(1);
    expect(next.releaseCommand).toMatchObject({ startedAt: died.releaseCommand?.startedAt, exitCode: 0 });
    expect((await bench.ask()).version).toBe("followed");
  });
}

/** Options that abort a deployment at a line of its log, as a cancel and the end of its worker do. */
function abortAt(beginning: string): DeployOptions {
  const running: { cancel?: AbortController } = {};
  return {
    onPhase: (_, cancel) => {
      running.cancel = cancel;
    },
    onLog: (line) => {
      if (line.startsWith(beginning)) running.cancel?.abort();
    },
  };
}
