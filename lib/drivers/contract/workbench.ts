import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { freePort } from "@/e2e/free-port";
import type { HealthCheck } from "@/lib/contracts/health-check";
import type { Environment } from "@/lib/contracts/service";
import type { Host } from "@/lib/hosts/host";
import type { Driver } from "../driver";
import type { Attempt, KeptRelease } from "./attempt";
import type { Behaviour, DriverUnderTest } from "./driver-under-test";
import { TestService } from "./test-service";

/** What each test of the contract works with: a place of its own, a source, and a service of it. */
export class Workbench {
  base = "";
  roots = "";
  readonly #contract: DriverUnderTest;
  #suite: Awaited<ReturnType<DriverUnderTest["open"]>> | null = null;
  #service: TestService | null = null;

  constructor(contract: DriverUnderTest) {
    this.#contract = contract;
  }

  async open(): Promise<void> {
    this.#suite = await this.#contract.open();
  }

  async close(): Promise<void> {
    await this.#suite?.close();
  }

  async setUp(): Promise<void> {
    this.roots = await realpath(await mkdtemp(join(tmpdir(), "landfall-sources-")));
    this.base = await this.#opened.makeBase();
    this.#service = await this.newService();
  }

  async tearDown(): Promise<void> {
    await this.#contract.closeBase({ host: this.host, base: this.base });
    await rm(this.roots, { recursive: true, force: true });
  }

  get service(): TestService {
    if (!this.#service) throw new Error("the workbench is not set up");
    return this.#service;
  }
  set service(service: TestService) {
    this.#service = service;
  }

  /** A new one each time, as in another process. */
  get driver(): Driver {
    return this.#opened.newDriver();
  }

  get host(): Host {
    return this.#opened.newHost();
  }

  /** The public port of what serves. */
  get port(): number {
    return this.service.current?.spec.port ?? 0;
  }

  async newService(folder = "source"): Promise<TestService> {
    await mkdir(join(this.roots, folder), { recursive: true });
    return new TestService({
      newDriver: () => this.driver,
      newPlace: () => ({ host: this.host, base: this.base }),
      sourceRoots: [this.roots],
      spec: {
        driver: this.#contract.kind,
        source: { kind: "folder", path: join(this.roots, folder) },
        port: await freePort(),
        settings: this.#contract.settings ?? {},
      },
    });
  }

  healthWith(change: Partial<HealthCheck>): HealthCheck {
    return { ...this.service.spec.health, ...change };
  }

  source(behaviour: Behaviour, folder = "source"): Promise<void> {
    return this.#contract.writeSource(join(this.roots, folder), behaviour);
  }

  /** The public way. */
  get url(): string {
    return `http://${this.host.publicHost}:${this.port}`;
  }

  async ask(path = "/"): Promise<{ version: string; environment: Record<string, string> }> {
    const response = await fetch(`${this.url}${path}`);
    expect(response.status).toBe(200);
    return (await response.json()) as { version: string; environment: Record<string, string> };
  }

  async deployed(version: string, environment: Environment = {}): Promise<Attempt> {
    await this.source({ version });
    const attempt = await this.service.deploy({ environment });
    expect(attempt.problem).toBeNull();
    return attempt;
  }

  /** Two releases, the second of which serves. */
  async deployedTwice(
    first: Environment = {},
    second: Environment = {},
  ): Promise<{ first: KeptRelease; second: KeptRelease }> {
    await this.deployed("1", first);
    await this.deployed("2", second);
    const [newest, older] = this.service.releases;
    if (!newest || !older) throw new Error("a deployment that succeeded left no release");
    return { first: older, second: newest };
  }

  /** These releases, and nothing else, are in the service's folder. */
  async expectOnly(releaseIds: string[]): Promise<void> {
    const folder = join(this.base, this.service.name, "releases");
    const found = (await this.host.stat(folder)) === null ? [] : await this.host.list(folder);
    expect(found.toSorted()).toEqual(releaseIds.toSorted());
  }

  get #opened() {
    if (!this.#suite) throw new Error("the workbench is not open");
    return this.#suite;
  }
}
