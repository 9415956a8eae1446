import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { APIRequestContext } from "@playwright/test";
import { expect } from "@playwright/test";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { freePort } from "@/lib/hosts/free-port";
import { consoleUnderTest } from "./console-under-test";
import { Gates } from "./gates";
import { expectOk } from "./people";
import { type ReleaseSource, writeSource } from "./source";

export interface ServiceOptions {
  /** Waits in its build until `gates.open("build")`, with a line before and one after. */
  gatedBuild?: boolean;
  environment?: Record<string, string>;
  settings?: Record<string, unknown>;
}

const QUICK = { portTimeoutMs: 15_000, intervalMs: 100, goodIntervalMs: 20, stabilityMs: 500, drainMs: 500 };

/** A service of the console under test: a folder on its machine, a port, and the answers there. */
export class ServiceUnderTest {
  private constructor(
    readonly name: string,
    readonly folder: string,
    readonly port: number,
    readonly gates: Gates,
    readonly request: APIRequestContext,
  ) {}

  /** Creates its folder and its port, and nothing in the console yet. */
  static async prepare(request: APIRequestContext): Promise<ServiceUnderTest> {
    const name = `shop-${randomBytes(3).toString("hex")}`;
    const sources = join(consoleUnderTest().dataDir, "sources");
    const folder = join(sources, name);
    const gates = await Gates.make(join(consoleUnderTest().dataDir, `gates-${name}`));
    const service = new ServiceUnderTest(name, folder, await freePort(), gates, request);
    await service.write("1");
    return service;
  }

  static async create(request: APIRequestContext, options: ServiceOptions): Promise<ServiceUnderTest> {
    const service = await ServiceUnderTest.prepare(request);
    const { name, folder, port } = service;
    await expectOk(request, "/api/services", {
      name,
      port,
      driver: "process",
      source: { kind: "folder", path: folder },
      settings: { ...options.settings, ...(options.gatedBuild && { build: service.gatedBuild }) },
      environment: options.environment ?? {},
      health: QUICK,
    });
    return service;
  }

  get gatedBuild(): string {
    return `echo compiling; ${this.gates.waitAt("build")}; echo compiled`;
  }

  write(version: string, behaviour: Partial<ReleaseSource> = {}): Promise<void> {
    return writeSource(this.folder, { ...behaviour, version, gates: this.gates.folder });
  }

  /** Through the API, for tests that begin with a deployed service. */
  async deploys(version: string, behaviour?: Partial<ReleaseSource>): Promise<DeploymentView> {
    await this.write(version, behaviour);
    const { id } = await this.asksForDeployment();
    await expect.poll(async () => (await this.deployment(id)).state, { timeout: 60_000 }).toMatch(/succeeded|failed/);
    return this.deployment(id);
  }
  asksForDeployment(): Promise<DeploymentView> {
    return expectOk(this.request, "/api/deployments", { service: this.name });
  }
  async deployment(id: string): Promise<DeploymentView> {
    return (await (await this.request.get(`/api/deployments/${id}`)).json()) as DeploymentView;
  }
  async changeEnvironment(set: Record<string, string>): Promise<void> {
    await expectOk(this.request, `/api/services/${this.name}/environment`, { set }, "PATCH");
  }

  /** The answer at its port. */
  async answer(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.port}/`)).text();
  }
}
