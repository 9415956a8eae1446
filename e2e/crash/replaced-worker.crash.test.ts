/* Workers and supervisors that end in other ways than alone and in the middle of a phase. */
import { describe, expect } from "vitest";
import { db } from "@/lib/platform/db/client";
import type { AskedDeployment } from "./deployment";
import { repeats } from "./deployment";
import { type Machine, test } from "./machine";
import { until } from "./until";
import type { WorkerProcess } from "./worker-process";

describe.concurrent("workers", () => {
  test("of two at once, one is killed: the other takes its deployments over and keeps its own", async ({ machine }) => {
    const workers = [await machine.aWorker(), await machine.aWorker()];
    await machine.gates.shut("build");
    const deployments = await Promise.all(
      ["one", "two", "three", "four"].map(async (name) => {
        const service = await machine.aService({ name, build: machine.gates.waitAt("build") });
        await service.write("1");
        const deployment = await service.deploy();
        await deployment.reaches("build");
        return { service, deployment, pid: await deployment.workerPid() };
      }),
    );
    const victim = workers.find(({ pid }) => pid === deployments[0]?.pid);
    await victim?.killNine({ heartbeats: "awaited" });

    for (const { deployment, pid } of deployments) {
      if (pid === victim?.pid) await deployment.isTakenOver(1);
    }
    await machine.gates.open("build");
    for (const { service, deployment, pid } of deployments) {
      const view = await deployment.ends();
      expect(view.state).toBe("succeeded");
      expect(repeats(view)).toEqual(pid === victim?.pid ? { build: 2 } : {});
      await service.isTidy();
    }
    await machine.runsNoCommands();
  });

  test("one that is asked to stop hands over at once, and its command ends with it", async ({ machine }) => {
    const { deployment, worker } = await aBuildThatWaits(machine);
    await worker.terminate();
    expect(await worker.log()).toContain("handed over");
    // The job waits for the next worker; without a hand-over it would stay active until its heartbeat is missed.
    expect(await turnOf(deployment)).toBe("retry");
    await machine.aWorker();
    await deployment.isTakenOver(1);

    await machine.gates.open("build");
    const view = await deployment.ends();
    expect(view).toMatchObject({ state: "succeeded", problem: null });
    expect(repeats(view)).toEqual({ build: 2 });
    await machine.runsNoCommands();
  });

  test("one that is frozen, replaced and thawed writes nothing more and ends its command", async ({ machine }) => {
    const frozen = await machine.aWorker();
    const { gates } = machine;
    await gates.shut("build");
    // Only the first run of the command waits, so the second worker finishes while the first still hangs.
    const build = `if mkdir first-run; then printf 'the first %s\\n' waits; ${gates.waitAt("build")}; fi`;
    const service = await machine.aService({ name: "frozen", build });
    await service.write("1");
    const deployment = await service.deploy();
    // Not before its command runs: the log shows a command a moment earlier.
    await deployment.reaches("build", "the first waits");
    frozen.freeze();

    await machine.aWorker();
    await deployment.isTakenOver(1);
    const ended = await deployment.ends();
    expect(ended).toMatchObject({ state: "succeeded", problem: null });

    frozen.thaw();
    await until("the thawed worker ends its command", () =>
      machine.runsNoCommands().then(
        () => true,
        () => false,
      ),
    );
    await until("the thawed worker says so", async () => (await frozen.log()).includes("handed over"));
    expect(await deployment.view()).toEqual(ended);
    expect(await service.answer()).toBe("1");
    expect(frozen.hasEnded).toBe(false);
    await gates.open("build");
    await service.serves("2");
    await service.isTidy();
  });
});

describe.concurrent("the supervisor is killed", () => {
  test("the next worker brings its services back", async ({ machine }) => {
    const worker = await machine.aWorker();
    const service = await machine.aService({ name: "restored" });
    await service.serves("1");
    await killSupervisor(machine);
    await worker.killNine();

    await machine.aWorker();
    await until("it answers again", () =>
      service.answer().then(
        (said) => said === "1",
        () => false,
      ),
    );
    await service.isTidy();
  });

  test("the next deployment of any service brings the others back too", async ({ machine }) => {
    await machine.aWorker();
    const [left, right] = [await machine.aService({ name: "left" }), await machine.aService({ name: "right" })];
    await left.serves("1");
    await right.serves("1");
    await killSupervisor(machine);

    await right.serves("2");
    await until("the other answers again", () =>
      left.answer().then(
        (said) => said === "1",
        () => false,
      ),
    );
    expect(await right.answer()).toBe("2");
    await left.isTidy();
    await right.isTidy();
  });

  test("in the middle of a deployment: it ends, and one of the two releases serves", async ({ machine }) => {
    await machine.aWorker();
    const service = await machine.aService({ name: "midway", health: { stabilityMs: 4_000 } });
    await service.serves("1");
    await service.write("2");
    const deployment = await service.deploy();
    await deployment.reaches("verify", "new requests go to the new release");
    await killSupervisor(machine);

    const view = await deployment.ends();
    const serving = view.state === "succeeded" ? "2" : "1";
    expect(view.state).toMatch(/^(succeeded|failed)$/);
    await until("it answers again", () =>
      service.answer().then(
        (said) => said === serving,
        () => false,
      ),
    );
    await service.isTidy();
    await machine.runsNoCommands();
  });
});

async function aBuildThatWaits(machine: Machine): Promise<{ deployment: AskedDeployment; worker: WorkerProcess }> {
  const worker = await machine.aWorker();
  await machine.gates.shut("build");
  const service = await machine.aService({ name: "waiting", build: machine.gates.waitAt("build") });
  await service.write("1");
  const deployment = await service.deploy();
  await deployment.reaches("build");
  return { deployment, worker };
}

/** The state of the queue's job for the deployment's service. */
async function turnOf({ id }: AskedDeployment): Promise<string | undefined> {
  const { serviceId } = await db.deployment.findUniqueOrThrow({ where: { id }, select: { serviceId: true } });
  const [turn] = await db.$queryRaw<{ state: string }[]>`
    SELECT state::text FROM pgboss.job WHERE data->>'serviceId' = ${serviceId}`;
  return turn?.state;
}

async function killSupervisor(machine: Machine): Promise<void> {
  const supervisor = await machine.supervisor();
  process.kill((await supervisor?.status())?.pid ?? 0, "SIGKILL");
  await until("the supervisor is gone", async () => (await machine.supervisor()) === null);
}
