import { chmod, mkdir, mkdtemp, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test as plainTest } from "vitest";
import type { Actor } from "@/lib/contracts/user";
import { findSupervisor } from "@/lib/drivers/process/supervisor-client";
import { aPerson } from "@/lib/engine/test-service";
import { freePort } from "@/lib/hosts/free-port";
import { LocalHost } from "@/lib/hosts/local-host";
import { db, transaction } from "@/lib/platform/db/client";
import { testDatabase } from "@/lib/platform/db/test-database";
import { ensureDeploymentQueue, queue } from "@/lib/platform/queue/boss";
import { keepMachineId } from "@/lib/targets/machine-id";
import { deploymentQueue } from "@/lib/targets/registry";
import { insertLocalTarget, type TargetRow } from "@/lib/targets/target-store";
import { Gates } from "../gates";
import { processesIn } from "./processes";
import { type ServiceOptions, TestedService } from "./service";
import { until } from "./until";
import { WorkerProcess } from "./worker-process";

/** Only a hang reaches this limit: a guard gives a command five seconds, and a busy machine adds to that. */
const ENDING_MS = 60_000;

/**
 * A machine of its own: data directory, target and queue. Several of them share the test file's database, like several
 * machines in production, so tests of a file run concurrently without claiming each other's deployments.
 */
export class Machine {
  readonly sources: string;
  readonly base: string;
  readonly #workers: WorkerProcess[] = [];

  private constructor(
    readonly dataDir: string,
    readonly target: TargetRow,
    readonly owner: Actor,
    readonly gates: Gates,
  ) {
    this.sources = join(dataDir, "sources");
    this.base = join(dataDir, "services");
  }

  static async make(): Promise<Machine> {
    const root = (await testDatabase()).dataDir;
    process.env.LANDFALL_SOURCE_ROOTS = root; // before anything reads the environment
    await chmod(root, 0o711); // services have users of their own, who must reach their folders
    const dataDir = await mkdtemp(join(root, "machine-"));
    for (const name of ["sources", "work"]) await mkdir(join(dataDir, name));
    await symlink(resolve("prisma"), join(dataDir, "work", "prisma")); // programs expect it in their working directory
    const machineId = await keepMachineId(dataDir);
    const target = await transaction((tx) => insertLocalTarget(tx, `machine-${machineId.slice(0, 8)}`, machineId));
    await ensureDeploymentQueue(await queue(), deploymentQueue(target));
    return new Machine(dataDir, target, await aPerson(), await Gates.make(dataDir));
  }

  async aWorker(env: Record<string, string> = {}): Promise<WorkerProcess> {
    const number = this.#workers.length + 1;
    const worker = await WorkerProcess.start({
      logFile: join(this.dataDir, `worker-${number}.log`),
      cwd: this.#work,
      env: { ...(await this.#workerEnv()), ...env },
    });
    this.#workers.push(worker);
    return worker;
  }

  /** A new worker checks its machine once, with commands: wait for that before shutting a gate for other commands. */
  async hasLookedAround(): Promise<void> {
    const { id } = this.target;
    await until("the worker knows its machine", async () => {
      const { lastCheckAt } = await db.target.findUniqueOrThrow({ where: { id } });
      return lastCheckAt !== null;
    });
  }

  async aService(options: ServiceOptions): Promise<TestedService> {
    return TestedService.make(this, await freePort(), options);
  }

  async limitDeployments(concurrency: number): Promise<void> {
    await db.target.update({ where: { id: this.target.id }, data: { concurrency } });
  }

  /**
   * No command of a deployment runs any more: commands start in the worker's folder, or wait at a gate in a release. A
   * living worker's checks of its machine (which tools it has) end within a moment; a dead worker's would stay.
   */
  async runsNoCommands(): Promise<void> {
    const commands = async () => {
      const workers = new Set(this.#workers.filter((worker) => !worker.hasEnded).map(({ pid }) => pid));
      const started = (await processesIn(this.#work)).filter(({ pid }) => !workers.has(pid));
      const waiting = (await processesIn(this.base)).filter(({ command }) => command.includes(this.gates.folder));
      return [...started, ...waiting];
    };
    let left = await commands();
    for (const end = performance.now() + ENDING_MS; left.length > 0 && performance.now() < end; left = await commands())
      await sleep(50);
    expect(left).toEqual([]);
  }

  async supervisor() {
    return findSupervisor({ host: new LocalHost(), base: this.base });
  }

  /** Ends everything that it started, in whatever state a failed test left it. */
  async takeDown(): Promise<void> {
    for (const worker of this.#workers) {
      worker.thaw();
      await worker.killNine({ heartbeats: "awaited" });
    }
    await (await this.supervisor())?.shutDown();
    for (const { pid } of await processesIn(this.dataDir)) process.kill(pid, "SIGKILL");
  }

  get #work(): string {
    return join(this.dataDir, "work");
  }

  async #workerEnv(): Promise<Record<string, string>> {
    const { PATH = "", HOME = "/", LANDFALL_SECRET_KEY = "" } = process.env;
    return {
      PATH: `${this.gates.bin}:${PATH}`,
      HOME,
      LANDFALL_SECRET_KEY,
      DATABASE_URL: process.env.DATABASE_URL ?? "",
      LANDFALL_DATA_DIR: this.dataDir,
      LANDFALL_SOURCE_ROOTS: this.sources,
    };
  }
}

/** A test with a machine, which is taken down afterwards. */
export const test = plainTest.extend<{ machine: Machine }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the parameters and wants a pattern first
  machine: async ({}, use) => {
    const machine = await Machine.make();
    await use(machine);
    await machine.takeDown();
  },
});
