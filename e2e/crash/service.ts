import { randomBytes } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, vi } from "vitest";
import type { HealthCheck } from "@/lib/contracts/health-check";
import type { ProcessState } from "@/lib/contracts/process-type";
import { NewService } from "@/lib/contracts/service";
import { processDriver } from "@/lib/drivers/process/driver";
import { findSupervisor } from "@/lib/drivers/process/supervisor-client";
import { processOf } from "@/lib/drivers/runner";
import { requestDeployment, requestRemoval, requestRollback } from "@/lib/engine/request-deployment";
import { LocalHost } from "@/lib/hosts/local-host";
import { db } from "@/lib/platform/db/client";
import { createService } from "@/lib/services/create-service";
import { type ReleaseSource, writeSource } from "../source";
import { AskedDeployment } from "./deployment";
import type { Machine } from "./machine";
import { processesIn } from "./processes";
import { Visitor } from "./visitor";

/** How a release behaves; a shut gate delays it. */
export type Behaviour = Omit<ReleaseSource, "version" | "gates">;

export interface ServiceOptions {
  /** A prefix of its name; the machines of a test file share one database, where names are unique. */
  name: string;
  build?: string;
  releaseCommand?: string;
  /** Process types besides `web`. */
  processes?: Record<string, { command: string; check?: string }>;
  health?: Partial<HealthCheck>;
  autoRegister?: boolean;
}

/** An unhealthy release fails after this time, within which a release opens its port even on a busy machine. */
export const QUICK_TO_FAIL = { portTimeoutMs: 10_000 };

const QUICK: Partial<HealthCheck> = {
  portTimeoutMs: 60_000,
  requestTimeoutMs: 60_000,
  intervalMs: 100,
  goodIntervalMs: 20,
  stabilityMs: 300,
  drainMs: 1_000,
};

/** A service of a machine, from its source to its public port. */
export class TestedService {
  readonly name: string;
  readonly folder: string;

  private constructor(
    readonly machine: Machine,
    readonly port: number,
    readonly id: string,
    name: string,
  ) {
    this.name = name;
    this.folder = join(machine.sources, name);
  }

  static async make(machine: Machine, port: number, options: ServiceOptions): Promise<TestedService> {
    const { build, releaseCommand, processes, health, autoRegister = false } = options;
    const name = `${options.name}-${randomBytes(3).toString("hex")}`;
    const folder = join(machine.sources, name);
    await mkdir(folder);
    const input = NewService.parse({
      name,
      port,
      target: machine.target.name,
      driver: "process",
      source: { kind: "folder", path: folder },
      settings: { ...(build && { build }), ...(releaseCommand && { releaseCommand }), ...(processes && { processes }) },
      health: { ...QUICK, ...health },
      autoRegister,
    });
    const { id } = await createService(input, machine.owner);
    return new TestedService(machine, port, id, name);
  }

  /** Writes the source of the next deployment. */
  write(version: string, behaviour: Behaviour = {}): Promise<void> {
    return writeSource(this.folder, { ...behaviour, version, gates: this.machine.gates.folder });
  }

  /** Builds each time, also an unchanged source: tests wait in the build. */
  async deploy(): Promise<AskedDeployment> {
    const { owner } = this.machine;
    return new AskedDeployment((await requestDeployment({ service: this.name, rebuild: true }, owner)).id, owner);
  }
  async rollBack(): Promise<AskedDeployment> {
    const { owner } = this.machine;
    return new AskedDeployment((await requestRollback({ serviceName: this.name }, owner)).id, owner);
  }
  async remove(): Promise<AskedDeployment> {
    const { owner } = this.machine;
    return new AskedDeployment((await requestRemoval(this.name, owner)).id, owner);
  }

  /** Deploys a release and waits until it is live. */
  async serves(version: string, behaviour?: Behaviour): Promise<void> {
    await this.write(version, behaviour);
    const view = await (await this.deploy()).ends();
    expect(view).toMatchObject({ state: "succeeded", problem: null });
  }

  aVisitor(): Visitor {
    return new Visitor(this.port);
  }
  /** What runs of its types besides `web`. */
  async processes(): Promise<readonly ProcessState[]> {
    const place = { host: new LocalHost(), base: this.machine.base, serviceName: this.name };
    return (await processDriver.state(place)).processes;
  }
  /** The current answer of the public port. */
  async answer(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.port}/`)).text();
  }

  /**
   * Only the live release runs, and only releases that can be restored have files. A deployment that has ended does not
   * wait for old releases to be removed.
   */
  isTidy(): Promise<void> {
    return vi.waitFor(() => this.#isTidyNow(), { timeout: 30_000 });
  }

  async #isTidyNow(): Promise<void> {
    const { currentReleaseId: current, releases } = await db.service.findUniqueOrThrow({
      where: { id: this.id },
      include: { releases: { where: { prunedAt: null } } },
    });
    const home = join(this.machine.base, this.name);
    const kept = releases.map(({ id }) => id).sort();
    const running = (await processesIn(home)).map(({ cwd }) => cwd);
    expect([...new Set(running)]).toEqual(current ? [join(home, "releases", current)] : []);
    expect(await namesIn(join(home, "releases"))).toEqual(kept);
    const manifests = await namesIn(join(home, "manifests"));
    expect(manifests.filter((name) => name.endsWith(".json"))).toEqual(kept.map((id) => `${id}.json`));
    // Those that were built also have a list of their files.
    expect([...new Set(manifests.map((name) => name.replace(/\.(json|built)$/, "")))]).toEqual(kept);
    expect(await namesIn(join(home, "environment"))).toEqual(kept.map((id) => `${id}.json`));
    const supervisor = await findSupervisor({ host: new LocalHost(), base: this.machine.base });
    const status = await supervisor?.service(this.name);
    expect(status?.current ?? null).toBe(current);
    // Each with its workers.
    const ran = (status?.releases ?? []).map(({ id }) => processOf(id)?.releaseId);
    expect([...new Set(ran)]).toEqual(current ? [current] : []);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}
