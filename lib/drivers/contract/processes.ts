import { expect, test } from "vitest";
import type { ProcessState } from "@/lib/contracts/process-type";
import type { DeployOptions } from "./test-run";
import type { Workbench } from "./workbench";

/** Long enough that only its end can end it; each kind of worker is found among the host's processes by its number. */
const works = (mark: string) =>
  `sh -c 'echo "works as $LANDFALL_PROCESS, port \${PORT:-none}"; trap "exit 0" TERM; sleep ${mark} & wait'`;

/** Process types without a port. */
export function processes(bench: Workbench): void {
  const withProcesses = (types: Record<string, Record<string, string | number>>): DeployOptions => ({
    spec: { settings: { ...bench.service.spec.settings, processes: types } },
  });
  const running = async (mark: string) => {
    const { stdout } = await bench.host.run({ args: ["ps", "-eo", "pid=,args="] });
    return stdout.split("\n").flatMap((line) => (line.endsWith(`sleep ${mark}`) ? [line.trim().split(" ")[0]] : []));
  };
  const workers = async () => (await bench.driver.state(bench.service.place)).processes;
  const steady = (type: string, copies: number): Partial<ProcessState>[] =>
    Array.from({ length: copies }, (_, index) => ({ type, copy: index + 1, state: "running", restarts: 0 }));

  test("each copy of a type runs beside web, without a port and with its name in the log, whichever phase its deployment repeats", async () => {
    await bench.serving();
    await bench.source({ version: "workers" });
    const types = { worker: { command: works("3621"), replicas: 2 }, off: { command: "false", replicas: 0 } };
    const attempt = await bench.service.deploy({ ...withProcesses(types), crashInEveryPhase: true });
    expect(attempt.problem).toBeNull();
    expect(attempt.details.validation).toMatch(/; runs with worker ×2; off: off$/);
    expect(await running("3621")).toHaveLength(2);
    expect(await workers()).toMatchObject(steady("worker", 2));
    const lines: string[] = [];
    const options = { tail: 100, follow: false, signal: AbortSignal.timeout(30_000) };
    for await (const { text } of bench.driver.logs(bench.service.place, options)) lines.push(text);
    for (const name of ["worker.1", "worker.2"]) expect(lines).toContain(`${name} | works as ${name}, port none`);
    const used = await bench.driver.upkeep?.usage(bench.service.place, options.signal);
    const own = used?.releases.filter(({ serviceName }) => serviceName === bench.service.name);
    expect(own?.map(({ releaseId }) => releaseId)).toEqual(Array(3).fill(attempt.releaseId));
  });

  test("one that ends is started again", async () => {
    const [first = ""] = await running("3621");
    await bench.host.run({ args: ["kill", "-KILL", first] });
    await expect.poll(() => running("3621"), { timeout: 30_000 }).not.toContain(first);
    await expect.poll(() => running("3621"), { timeout: 30_000 }).toHaveLength(2);
    await expect.poll(async () => (await workers()).map(({ restarts }) => restarts).toSorted()).toEqual([0, 1]);
  });

  test("one that ends at once fails the deployment with its last lines, and the old ones go on", async () => {
    const { version, kept } = await bench.serving();
    const before = await running("3621");
    await bench.source({ version: "2" });
    const broken = withProcesses({
      worker: { command: works("3622") },
      clock: { command: "sh -c 'echo \"error: no queue\" >&2; exit 7'" },
    });
    const attempt = await bench.service.deploy(broken);
    expect(attempt).toMatchObject({ failedIn: "verify", stuck: [] });
    const { code, params, detail, line } = attempt.problem ?? {};
    expect({ code, params, detail }).toEqual({
      code: "process-exited",
      params: { how: "exit", process: "clock.1", exitCode: 7 },
      detail: "error: no queue",
    });
    expect(attempt.log[(line ?? 0) - 1]).toBe("error: no queue");
    expect(await running("3622")).toEqual([]);
    expect(await running("3621")).toEqual(before);
    expect((await bench.ask()).version).toBe(version);
    await bench.expectOnly(kept);
  });

  test("after a switch the old ones are back from receipts alone, and again after that", async () => {
    const { version } = await bench.serving();
    await bench.source({ version: "dying", diesWhenAsked: true });
    const alone = { worker: { command: works("3623"), handover: "stop-first", check: "true" } };
    const second = await bench.service.deploy({
      ...{ leave: true, onLog: bench.killAfterSwitch },
      spec: { ...withProcesses(alone).spec, health: bench.untilBad },
    });
    expect(second).toMatchObject({ failedIn: "verify", problem: { code: "unstable-after-switch" } });
    // Two releases of such a type never run at the same time.
    expect([await running("3621"), await running("3623")]).toEqual([[], [expect.any(String)]]);
    await bench.service.undo(second);
    await bench.service.undo(second);
    expect([await running("3621"), await running("3623")]).toEqual([[expect.any(String), expect.any(String)], []]);
    expect(await workers()).toMatchObject(steady("worker", 2));
    expect((await bench.ask()).version).toBe(version);
  });

  test("a check is asked until it passes, and one that never does fails the deployment", async () => {
    const { release } = await bench.serving();
    await bench.source({ version: "checked" });
    const checked = (check: string) => ({
      spec: {
        ...withProcesses({ worker: { command: works("3624"), check } }).spec,
        health: bench.healthWith({ portTimeoutMs: 1_000 }),
      },
    });
    const failed = await bench.service.deploy(checked("sh -c 'echo queue is full; exit 1'"));
    expect(failed).toMatchObject({ failedIn: "verify", stuck: [], problem: { code: "process-check-failed" } });
    expect(failed.problem?.detail).toBe("queue is full");
    expect(await running("3624")).toEqual([]);
    const passed = await bench.service.deploy(
      checked(`sh -c 'test "$LANDFALL_RELEASE" && test "$LANDFALL_PROCESS" = worker.1'`),
    );
    expect(passed.problem).toBeNull();
    expect([(await running("3621")).length, (await running("3624")).length]).toEqual([0, 1]);
    expect((await bench.service.rollback(release)).problem).toBeNull();
    expect([(await running("3621")).length, (await running("3624")).length]).toEqual([2, 0]);
  });

  test("where two releases of the service must not run at the same time, the old ones stop first and are back after a failure", async () => {
    const { version } = await bench.serving();
    await bench.source({ version: "alone", healthStatus: 500 });
    const { settings } = withProcesses({ worker: { command: works("3625") } }).spec ?? {};
    const attempt = await bench.service.deploy({
      spec: { settings: { ...settings, handover: "stop-first" }, health: bench.untilBad },
    });
    expect(attempt).toMatchObject({ failedIn: "verify", stuck: [] });
    expect(attempt.log).toContainEqual(expect.stringMatching(/^the old release was stopped first/));
    expect([(await running("3621")).length, (await running("3625")).length]).toEqual([2, 0]);
    expect(await workers()).toMatchObject(steady("worker", 2));
    expect((await bench.ask()).version).toBe(version);
  });

  test("a release without them ends those of the release before", async () => {
    await bench.deployed("alone");
    expect(await running("3621")).toEqual([]);
    expect(await workers()).toEqual([]);
  });
}
