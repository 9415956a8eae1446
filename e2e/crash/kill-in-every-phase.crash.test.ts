/* The worker is killed with SIGKILL in the middle of each phase of a redeploy: another worker must continue it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { PhaseKey } from "@/lib/contracts/phase";
import { TestRegistry } from "@/lib/registry/test-registry";
import { type AskedDeployment, repeats, statusOf, timeline } from "./deployment";
import { type Machine, test } from "./machine";
import { QUICK_TO_FAIL, type ServiceOptions } from "./service";
import { until } from "./until";
import type { Visitor } from "./visitor";
import type { WorkerProcess } from "./worker-process";

const EVERY_PHASE = ["validation", "transfer", "build", "start", "verify"].map((key) => `${key} succeeded`);

interface Moment {
  phase: PhaseKey;
  /** What makes the phase last, in an observer's words. */
  because: string;
  /** Shut before the deployment, and opened once the next worker has taken it over. */
  gate?: string;
  /** A further condition besides the phase running. */
  isThere?: (deployment: AskedDeployment, visitor: Visitor) => Promise<unknown>;
}

/** The moments of one deployment, in which its workers are killed one after another. */
const CHAINS: {
  title: string;
  service: (machine: Machine) => Partial<ServiceOptions>;
  /** Of its release command, in both deployments together. */
  commandRuns: number;
  moments: Moment[];
}[] = [
  {
    title: "validation, in transfer and in build",
    service: ({ gates }) => ({ build: gates.waitAt("build") }),
    commandRuns: 0,
    moments: [
      { phase: "validation", because: "the machine's shell is slow", gate: "sh" },
      { phase: "transfer", because: "the source is large" },
      { phase: "build", because: "the build command takes its time", gate: "build" },
    ],
  },
  {
    title: "start, in its release command and four times in verify",
    service: ({ gates }) => ({
      health: { stabilityMs: 4_000 },
      processes: { worker: { command: "exec sleep 3651", check: gates.waitAt("check") } },
      releaseCommand: `printf x >>"$HOME/runs"; echo "begun by $LANDFALL_SERVICE"; ${gates.waitAt("release")}`,
    }),
    commandRuns: 2,
    moments: [
      { phase: "start", because: "the machine is slow", gate: "env" },
      {
        phase: "start",
        because: "its release command takes its time",
        gate: "release",
        isThere: (deployment) => deployment.reaches("start", "begun by redeployed"),
      },
      { phase: "verify", because: "the port opens late", gate: "port-2" },
      {
        phase: "verify",
        because: "the health path is slow",
        gate: "health-2",
        isThere: (deployment) => deployment.reaches("verify", "listening after"),
      },
      {
        phase: "verify",
        because: "the check of its worker takes its time",
        gate: "check",
        isThere: (deployment) => deployment.reaches("verify", "started worker"),
      },
      {
        phase: "verify",
        because: "it has switched and is in its stability window",
        isThere: (_, visitor) => until("the new release answers", () => visitor.lastVersion === "2"),
      },
    ],
  },
];

describe.concurrent("kill -9 of the worker", () => {
  for (const { title, service: options, commandRuns, moments } of CHAINS)
    test(`in ${title}: each time the next worker goes on, and the last one brings it to its end`, async ({
      machine,
    }) => {
      const worker = await machine.aWorker();
      const service = await machine.aService({ name: "redeployed", ...options(machine) });
      await service.serves("1");
      const visitor = service.aVisitor();
      await machine.hasLookedAround();
      await service.write("2", { large: moments.some(({ phase }) => phase === "transfer") });
      for (const { gate } of moments) if (gate) await machine.gates.shut(gate);
      const deployment = await service.deploy();
      await killIn(moments, { machine, worker, deployment, visitor });

      const view = await deployment.ends();
      expect(view).toMatchObject({ state: "succeeded", problem: null, warnings: [], releaseNumber: 2 });
      expect(timeline(view)).toEqual([...EVERY_PHASE, "register skipped"]);
      expect(repeats(view)).toEqual(attemptsOf(moments));
      const runs = readFile(join(machine.base, service.name, "home", "runs"), "utf8");
      expect(await runs.catch(() => "")).toHaveLength(commandRuns);
      expect(view.releaseCommand?.exitCode).toBe(commandRuns > 0 ? 0 : undefined);
      await visitor.leave();
      expect(visitor.failures).toEqual([]);
      expect(visitor.versions).toEqual(["1", "2"]);
      await service.isTidy();
      const types = Object.keys(options(machine).processes ?? {});
      expect((await service.processes()).map(({ type, state }) => `${type} ${state}`)).toEqual(
        types.map((type) => `${type} running`),
      );
      await machine.runsNoCommands();
    });

  test("in register, while the Registry hangs: it is announced by the next worker", async ({
    machine,
    onTestFinished,
  }) => {
    const registry = await TestRegistry.start();
    onTestFinished(() => registry.stop());
    const env = { REGISTRY_URL: registry.url };
    const worker = await machine.aWorker(env);
    const service = await machine.aService({ name: "announced", autoRegister: true });
    await service.serves("1");
    const visitor = service.aVisitor();
    registry.silent = true;
    await service.write("2");
    const deployment = await service.deploy();
    await deployment.reaches("register");
    await worker.killNine();

    registry.silent = false;
    await machine.aWorker(env);
    await deployment.isTakenOver(1);
    const view = await deployment.ends();
    expect(view).toMatchObject({ state: "succeeded", warnings: [] });
    expect(repeats(view)).toEqual({ register: 2 });
    expect(registry.byName(service.name)?.endpoint).toBe(view.url);
    expect((await visitor.leave()).failures).toEqual([]);
    expect(visitor.versions).toEqual(["1", "2"]);
    await service.isTidy();
  });

  test("while a bad release is being undone: the next worker undoes the rest", async ({ machine }) => {
    const worker = await machine.aWorker();
    const service = await machine.aService({ name: "bad", health: QUICK_TO_FAIL });
    await service.serves("1");
    const visitor = service.aVisitor();
    // It ignores TERM, so that stopping it takes its whole grace period.
    await service.write("2", { healthStatus: 500, stubborn: true });
    const deployment = await service.deploy();
    await deployment.isUndoing();
    await worker.killNine();
    expect(statusOf(await deployment.view(), "start")).toBe("succeeded");

    await machine.aWorker();
    await deployment.isTakenOver(1);
    const view = await deployment.ends();
    expect(view).toMatchObject({ state: "failed", problem: { code: "health-failed" }, serving: { number: 1 } });
    expect(timeline(view)).toEqual([
      "validation succeeded",
      "transfer undone",
      "build undone",
      "start undone",
      "verify failed",
      "register pending",
    ]);
    expect((await visitor.leave()).failures).toEqual([]);
    expect(visitor.versions).toEqual(["1"]);
    await service.isTidy();
    await machine.runsNoCommands();
  });

  test("in the first deployment of a service that then fails: nothing of it is left", async ({ machine }) => {
    const worker = await machine.aWorker();
    const service = await machine.aService({ name: "first", build: `${machine.gates.waitAt("build")}; exit 3` });
    await machine.gates.shut("build");
    await service.write("1");
    const deployment = await service.deploy();
    await deployment.reaches("build");
    await worker.killNine();

    await machine.aWorker();
    await deployment.isTakenOver(1);
    await machine.gates.open("build");
    expect(await deployment.ends()).toMatchObject({
      state: "failed",
      problem: { code: "build-failed" },
      serving: null,
    });
    await service.isTidy();
    await machine.runsNoCommands();
  });
});

interface Redeployment {
  machine: Machine;
  worker: WorkerProcess;
  deployment: AskedDeployment;
  visitor: Visitor;
}

async function killIn(moments: Moment[], { machine, worker, deployment, visitor }: Redeployment): Promise<void> {
  let current = worker;
  for (const [index, { phase, because, gate, isThere }] of moments.entries()) {
    await deployment.reaches(phase);
    await isThere?.(deployment, visitor);
    await current.killNine();
    expect(statusOf(await deployment.view(), phase), because).toBe("running");
    current = await machine.aWorker();
    await deployment.isTakenOver(index + 1);
    if (gate) await machine.gates.open(gate);
  }
}

/** How often each phase was begun: once, and again after each kill. */
function attemptsOf(moments: Moment[]): Record<string, number> {
  const attempts: Record<string, number> = {};
  for (const { phase } of moments) attempts[phase] = (attempts[phase] ?? 1) + 1;
  return attempts;
}
