import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, vi } from "vitest";
import type { HealthCheck } from "@/lib/contracts/health-check";
import { type Environment, NewService } from "@/lib/contracts/service";
import { requestDeployment, requestRemoval, requestRollback } from "@/lib/engine/request-deployment";
import { db } from "@/lib/platform/db/client";
import { createService } from "@/lib/services/create-service";
import { AskedDeployment } from "../crash/deployment";
import { Visitor } from "../crash/visitor";
import { PROGRAM } from "./program";
import type { Server } from "./server";

export type ServerDriver = "docker" | "systemd";
export const SERVER_DRIVERS = ["docker", "systemd"] as const satisfies readonly ServerDriver[];

/** How a release behaves besides answering with its version. */
export interface Behaviour {
  /** Opens its port only after this long. */
  listensAfterMs?: number;
  /** The behaviour of its health path; 200 by default. */
  health?: "error" | "hang" | "redirect";
  /** The build takes this many seconds. */
  buildSeconds?: number;
  /** Some megabytes that do not compress. */
  large?: boolean;
}

export interface ServiceOptions {
  driver: ServerDriver;
  name?: string;
  port: number;
  health?: Partial<HealthCheck>;
  environment?: Environment;
  autoRegister?: boolean;
}

/** An unhealthy release fails after this time, within which a release opens its port even on a busy server. */
export const QUICK_TO_FAIL = { portTimeoutMs: 10_000, requestTimeoutMs: 2_000 };

const QUICK: Partial<HealthCheck> = {
  portTimeoutMs: 60_000,
  requestTimeoutMs: 20_000,
  intervalMs: 100,
  goodIntervalMs: 20,
  stabilityMs: 300,
  drainMs: 1_000,
};
/** Longer than the grace period of a release that ignores TERM. */
const RETIRED_MS = 60_000;
const LARGE_BYTES = 24 * 1024 * 1024;

/** A service on a test host, from its source here to its public port there. */
export class ServerService {
  readonly folder: string;

  private constructor(
    readonly server: Server,
    readonly id: string,
    readonly name: string,
    readonly options: ServiceOptions,
  ) {
    this.folder = join(server.sources, name);
  }

  static async make(server: Server, options: ServiceOptions): Promise<ServerService> {
    const { driver, port, health, environment = {}, autoRegister = false } = options;
    const name = `${options.name ?? driver}-${randomBytes(3).toString("hex")}`;
    const folder = join(server.sources, name);
    await mkdir(folder);
    const input = NewService.parse({
      name,
      port,
      driver,
      environment,
      autoRegister,
      target: server.target,
      source: { kind: "folder", path: folder },
      settings: driver === "systemd" ? { build: "sh build.sh" } : {},
      health: { ...QUICK, ...health },
    });
    const { id } = await createService(input, server.owner);
    return new ServerService(server, id, name, options);
  }

  /** Writes the source of the next deployment. */
  async write(version: string, behaviour: Behaviour = {}): Promise<void> {
    const { buildSeconds = 0, large, ...rest } = behaviour;
    const files = {
      "service.py": PROGRAM,
      "release.json": JSON.stringify({ version, ...rest }),
      "build.sh": `sleep ${buildSeconds}\n`,
      Procfile: "web: python3 service.py\n",
      Dockerfile: dockerfile(buildSeconds > 0),
      ...(large && { film: randomBytes(LARGE_BYTES) }),
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(this.folder, name), content);
  }

  /** Builds each time, also an unchanged source: tests wait in the build. */
  async deploy(): Promise<AskedDeployment> {
    const { owner } = this.server;
    return new AskedDeployment((await requestDeployment({ service: this.name, rebuild: true }, owner)).id, owner);
  }
  async rollBack(): Promise<AskedDeployment> {
    const { owner } = this.server;
    return new AskedDeployment((await requestRollback({ serviceName: this.name }, owner)).id, owner);
  }
  async remove(): Promise<AskedDeployment> {
    const { owner } = this.server;
    return new AskedDeployment((await requestRemoval(this.name, owner)).id, owner);
  }

  /** Deploys a release and waits until it is live. */
  async serves(version: string): Promise<void> {
    await this.write(version);
    const view = await (await this.deploy()).ends();
    expect(view).toMatchObject({ state: "succeeded", problem: null });
    expect(await this.answer()).toBe(version);
  }

  get url(): string {
    return `http://${this.server.host.address}:${this.options.port}/`;
  }
  aVisitor(): Visitor {
    return new Visitor(this.options.port, this.server.host.address);
  }
  async answer(): Promise<string> {
    return (await fetch(this.url)).text();
  }

  /**
   * Only the live release runs, and only releases that can be restored have files, images or units. A deployment that
   * has ended does not wait for old releases to be removed, nor for the grace period of the one before.
   */
  isTidy(): Promise<void> {
    return vi.waitFor(() => this.#isTidyNow(), { timeout: RETIRED_MS, interval: 500 });
  }

  async #isTidyNow(): Promise<void> {
    const { currentReleaseId: current, releases } = await db.service.findUniqueOrThrow({
      where: { id: this.id },
      include: { releases: { where: { prunedAt: null } } },
    });
    const { running, folders, unfinished, made, images } = await this.server.thingsOf(this.name, this.options.driver);
    expect(running).toHaveLength(current ? 1 : 0);
    expect(folders).toEqual(releases.map(({ id }) => id).sort());
    expect(unfinished).toEqual([]);
    expect(made).toBeLessThanOrEqual(releases.length);
    expect(images).toBeLessThanOrEqual(releases.length);
  }
}

/** A step that runs a command needs a container of its own, so only a build that should take time has one. */
function dockerfile(runsBuild: boolean): string {
  const build = runsBuild ? ["RUN sh build.sh"] : [];
  return `${["FROM landfall-test/python", "WORKDIR /app", "COPY . .", ...build, 'CMD ["python3", "service.py"]'].join("\n")}\n`;
}
