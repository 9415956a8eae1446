/* A cancel in each phase takes effect immediately, undoes what had begun, and affects no live release or other
   service. */
import { describe, expect } from "vitest";
import { TestRegistry } from "@/lib/registry/test-registry";
import { type AskedDeployment, timeline } from "./deployment";
import { test } from "./machine";
import type { Behaviour, ServiceOptions } from "./service";
import { until } from "./until";
import type { Visitor } from "./visitor";

interface Moment {
  phase: "validation" | "transfer" | "build" | "start" | "verify";
  title: string;
  gate?: string;
  build?: boolean;
  service?: Partial<ServiceOptions>;
  release?: Behaviour;
  isThere?: (deployment: AskedDeployment, visitor: Visitor) => Promise<unknown>;
  timeline: string[];
  versions: string[];
}

const MOMENTS: Moment[] = [
  {
    phase: "validation",
    title: "validation",
    gate: "sh",
    timeline: ["validation failed", "transfer pending", "build pending", "start pending", "verify pending"],
    versions: ["1"],
  },
  {
    phase: "transfer",
    title: "transfer",
    release: { large: true },
    timeline: ["validation succeeded", "transfer failed", "build pending", "start pending", "verify pending"],
    versions: ["1"],
  },
  {
    phase: "build",
    title: "build",
    gate: "build",
    build: true,
    timeline: ["validation succeeded", "transfer undone", "build failed", "start pending", "verify pending"],
    versions: ["1"],
  },
  {
    phase: "start",
    title: "start",
    gate: "env",
    timeline: ["validation succeeded", "transfer undone", "build undone", "start failed", "verify pending"],
    versions: ["1"],
  },
  {
    phase: "verify",
    title: "verify, before the switch",
    gate: "port-2",
    timeline: ["validation succeeded", "transfer undone", "build undone", "start undone", "verify failed"],
    versions: ["1"],
  },
  {
    phase: "verify",
    title: "verify, after the switch",
    service: { health: { stabilityMs: 10_000 } },
    isThere: (_, visitor) => until("the new release answers", () => visitor.lastVersion === "2"),
    timeline: ["validation succeeded", "transfer undone", "build undone", "start undone", "verify failed"],
    versions: ["1", "2", "1"],
  },
];

describe.concurrent("a cancel", () => {
  for (const moment of MOMENTS) {
    test(`in ${moment.title}`, async ({ machine }) => {
      const { gates } = machine;
      await machine.aWorker();
      const build = moment.build ? gates.waitAt("build") : undefined;
      const service = await machine.aService({ name: "cancelled", build, ...moment.service });
      await service.serves("1");
      const visitor = service.aVisitor();
      await service.write("2", moment.release);
      await machine.hasLookedAround();
      if (moment.gate) await gates.shut(moment.gate);
      const deployment = await service.deploy();
      await deployment.reaches(moment.phase);
      await moment.isThere?.(deployment, visitor);

      await deployment.cancel();
      await until("the phase lets go", async () => (await deployment.view()).state !== "running");
      const view = await deployment.ends();
      expect(view).toMatchObject({
        state: "cancelled",
        problem: { code: "deployment-cancelled" },
        serving: { number: 1 },
      });
      expect(timeline(view)).toEqual([...moment.timeline, "register pending"]);
      await machine.runsNoCommands();
      await until("the old release answers", () => visitor.lastVersion === "1");
      expect((await visitor.leave()).failures).toEqual([]);
      expect(visitor.versions).toEqual(moment.versions);
      await service.isTidy();
    });
  }

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
