import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { HealthCheck } from "@/lib/contracts/health-check";
import type { DeploymentSpec, DriverKind, Environment } from "@/lib/contracts/service";
import { freePort } from "@/lib/hosts/free-port";
import type { Host } from "@/lib/hosts/host";
import type { Driver, HostPlace } from "../driver";
import type { Attempt, KeptRelease } from "./test-run";
import { TestService } from "./test-service";

/** Only a test that hangs reaches this limit. */
export const TIMEOUT_MS = 300_000;

/** The start-up timeout for releases that never become healthy: long enough to open a port on a busy machine. */
const UNTIL_BAD_MS = 6_000;

/** The fixture of the contract's tests: a base directory, a source, and a service of it. */
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

  /** A new driver each time, as in another process. */
  get driver(): Driver {
    return this.#opened.newDriver();
  }

  get host(): Host {
    return this.#opened.newHost();
  }

  /** The public port of the live release. */
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

  /** For a release that never becomes healthy. */
  get untilBad(): HealthCheck {
    return this.healthWith({ portTimeoutMs: UNTIL_BAD_MS, intervalMs: 1_000, stabilityMs: 10_000 });
  }

  healthWith(change: Partial<HealthCheck>): HealthCheck {
    return { ...this.service.spec.health, ...change };
  }

  source(behaviour: Behaviour, folder = "source"): Promise<void> {
    return this.#contract.writeSource(join(this.roots, folder), behaviour);
  }

  get isolatesPorts(): boolean {
    return this.#contract.isolatesPorts === true;
  }

  /** The public address. */
  get url(): string {
    return `http://${this.host.publicHost}:${this.port}`;
  }

  async ask(path = "/"): Promise<{ version: string; environment: Record<string, string> }> {
    const response = await fetch(`${this.url}${path}`);
    expect(response.status).toBe(200);
    return (await response.json()) as { version: string; environment: Record<string, string> };
  }

  /** A log listener: makes a release with `diesWhenAsked` end as soon as it is live. */
  readonly killAfterSwitch = (line: string): void => {
    // A release that ends does not answer.
    if (line === "new requests go to the new release") fetch(`${this.url}/die`).catch(() => {});
  };

  async deployed(version: string, environment: Environment = {}): Promise<Attempt> {
    await this.source({ version });
    const attempt = await this.service.deploy({ environment });
    expect(attempt.problem).toBeNull();
    return attempt;
  }

  /** The live release, with its version and all releases that can be restored; deployed now when nothing is live. */
  async serving(): Promise<{ release: KeptRelease; version: string; kept: string[] }> {
    if (!this.service.current) await this.deployed("1");
    const { current: release, releases } = this.service;
    if (!release) throw new Error("a deployment that succeeded left no release");
    return { release, version: (await this.ask()).version, kept: releases.map(({ id }) => id) };
  }

  /** The same with another release that can be restored. */
  async servingTwo(): Promise<{ release: KeptRelease; version: string; other: KeptRelease }> {
    const { version: before } = await this.serving();
    if (!this.#other) await this.deployed(`${before}+`);
    const { release, version } = await this.serving();
    const other = this.#other;
    if (!other) throw new Error("a deployment that succeeded left no release");
    return { release, version, other };
  }

  get #other(): KeptRelease | undefined {
    return this.service.releases.find(({ id }) => id !== this.service.current?.id);
  }

  /** The service's folder contains exactly these releases. */
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

/** The behaviour of a test service. It answers JSON `{version, environment}` on `/` and its health on `/health`. */
export interface Behaviour {
  version: string;
  /** The status that `/health` answers; 200 by default. */
  healthStatus?: number;
  /** Answers its first health checks, this many, with 503. */
  coldChecks?: number;
  /** Opens this port too, so that two of it cannot run on one host. */
  secondPort?: number;
  /** Writes "goodbye" and ends immediately. */
  exitCode?: number;
  /** Answers health checks, and ends on a request for `/die`. */
  diesWhenAsked?: boolean;
  build?: "good" | "failing" | "endless";
  /** Answers `/slow` only after this long. */
  slowMs?: number;
}

/** The driver's part of the contract suite. */
export interface DriverUnderTest {
  kind: DriverKind;
  /** Called once per suite. */
  open(): Promise<{
    newDriver: () => Driver;
    newHost: () => HostPlace["host"];
    makeBase: () => Promise<string>;
    close: () => Promise<void>;
  }>;
  /** Stops everything that was started for a base. */
  closeBase(place: HostPlace): Promise<void>;
  /** Writes a source of this driver into an empty folder. */
  writeSource(folder: string, behaviour: Behaviour): Promise<void>;
  settings?: DeploymentSpec["settings"];
  /** Each release has ports of its own, so that a fixed one is never in use. */
  isolatesPorts?: boolean;
}
