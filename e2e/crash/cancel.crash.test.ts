/* A cancel in each phase takes effect immediately, undoes what had begun, and affects no live release or other
   service. */
import { describe, expect } from "vitest";
import { TestRegistry } from "@/lib/registry/test-registry";
import { type AskedDeployment, timeline } from "./deployment";
import { test } from "./machine";
import type { Behaviour } from "./service";
import { until } from "./until";

interface Moment {
  phase: "validation" | "transfer" | "build" | "start" | "verify";
  gate?: string;
  release?: Behaviour;
  timeline: string[];
}

/** In an order in which no release inherits files that make its own transfer last. */
const MOMENTS: Moment[] = [
  {
    phase: "validation",
    gate: "sh",
    timeline: ["validation failed", "transfer pending", "build pending", "start pending", "verify pending"],
  },
  {
    phase: "build",
    gate: "build",
    timeline: ["validation succeeded", "transfer undone", "build failed", "start pending", "verify pending"],
  },
  {
    phase: "start",
    gate: "env",
    timeline: ["validation succeeded", "transfer undone", "build undone", "start failed", "verify pending"],
  },
  {
    phase: "verify",
    gate: "port-2",
    timeline: ["validation succeeded", "transfer undone", "build undone", "start undone", "verify failed"],
  },
  {
    phase: "transfer",
    release: { large: true },
    timeline: ["validation succeeded", "transfer failed", "build pending", "start pending", "verify pending"],
  },
];

describe.concurrent("a cancel", () => {
  test("in each phase before the switch leaves the live release untouched", async ({ machine }) => {
    const { gates } = machine;
    await machine.aWorker();
    // A build command is started by way of `env`, at whose gate it would wait.
    const built = await machine.aService({ name: "built", build: gates.waitAt("build") });
    const service = await machine.aService({ name: "cancelled" });
    const services = [service, built];
    await Promise.all(services.map((one) => one.serves("1")));
    const visitors = services.map((one) => one.aVisitor());
    await machine.hasLookedAround();
    for (const { phase, gate, release, timeline: phases } of MOMENTS) {
      const cancelled = phase === "build" ? built : service;
      await cancelled.write("2", release);
      if (gate) await gates.shut(gate);
      const deployment = await cancelled.deploy();
      await deployment.reaches(phase);
      await isCalledOff(deployment, phases);
      await machine.runsNoCommands();
      await cancelled.isTidy();
      if (gate) await gates.open(gate);
    }
    for (const visitor of visitors) {
      expect((await visitor.leave()).failures).toEqual([]);
      expect(visitor.versions).toEqual(["1"]);
    }
  });

  test("in verify, after the switch, restores the previous release", async ({ machine }) => {
    await machine.aWorker();
    const service = await machine.aService({ name: "switched", health: { stabilityMs: 10_000 } });
    await service.serves("1");
    const visitor = service.aVisitor();
    await service.write("2");
    const deployment = await service.deploy();
    await deployment.reaches("verify");
    await until("the new release answers", () => visitor.lastVersion === "2");
    const undone = ["validation succeeded", "transfer undone", "build undone", "start undone", "verify failed"];
    await isCalledOff(deployment, undone);
    await machine.runsNoCommands();
    await until("the old release answers", () => visitor.lastVersion === "1");
    expect((await visitor.leave()).failures).toEqual([]);
    expect(visitor.versions).toEqual(["1", "2", "1"]);
    await service.isTidy();
  });

  test("in register comes too late: what has proven to serve stays", async ({ machine, onTestFinished }) => {
    const registry = await TestRegistry.start();
    onTestFinished(() => registry.stop());
    await machine.aWorker({ REGISTRY_URL: registry.url });
    const service = await machine.aService({ name: "late", autoRegister: true });
    registry.silent = true;
    await service.write("1");
    const deployment = await service.deploy();
    await deployment.reaches("register");
    await deployment.cancel();
    expect(await deployment.ends()).toMatchObject({ state: "succeeded", warnings: [{ code: "registration-failed" }] });
    expect(await service.answer()).toBe("1");
    await service.isTidy();
  });

  test("of one that waits ends it without a worker, and the next in the row is not held up", async ({ machine }) => {
    const service = await machine.aService({ name: "row" });
    await service.write("1");
    const [first, second] = [await service.deploy(), await service.deploy()];
    await first.cancel();
    expect(await first.view()).toMatchObject({ state: "cancelled", startedAt: null });
    await machine.aWorker();
    expect(await second.ends()).toMatchObject({ state: "succeeded", number: 2, releaseNumber: 1 });
  });

  test("ends the commands of its own deployment and of no other", async ({ machine }) => {
    const { gates } = machine;
    await machine.aWorker();
    await gates.shut("build");
    const make = async (name: string) => {
      const service = await machine.aService({ name, build: gates.waitAt("build") });
      await service.write("1");
      const deployment = await service.deploy();
      await deployment.reaches("build");
      return { service, deployment };
    };
    const [kept, dropped] = [await make("kept"), await make("dropped")];
    await dropped.deployment.cancel();
    expect((await dropped.deployment.ends()).state).toBe("cancelled");
    await dropped.service.isTidy();
    await gates.open("build");
    expect(await kept.deployment.ends()).toMatchObject({ state: "succeeded" });
    await kept.service.isTidy();
  });
});

async function isCalledOff(deployment: AskedDeployment, phases: string[]): Promise<void> {
  await deployment.cancel();
  await until("the phase lets go", async () => (await deployment.view()).state !== "running");
  const view = await deployment.ends();
  expect(view).toMatchObject({
    state: "cancelled",
    problem: { code: "deployment-cancelled" },
    serving: { number: 1 },
  });
  expect(timeline(view)).toEqual([...phases, "register pending"]);
}
