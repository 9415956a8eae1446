import { randomUUID } from "node:crypto";
import type { Announcement } from "@/lib/contracts/registration";
import { DeploymentSpec, type Environment } from "@/lib/contracts/service";
import type { Driver, HostPlace, PhaseContext, ReleaseRef } from "../driver";

import { type Attempt, type DeployOptions, type KeptRelease, Run, type ServiceMemory } from "./test-run";

/** A service as the engine keeps it: its live release, and the releases for a rollback. */
export class TestService implements ServiceMemory {
  readonly name: string;
  readonly announced: Announcement[] = [];
  readonly withdrawn: string[] = [];
  /** A Registry that refuses. */
  registryDown = false;
  current: KeptRelease | null = null;
  readonly releases: KeptRelease[] = [];

  readonly #newDriver: () => Driver;
  readonly #newPlace: () => HostPlace;
  readonly spec: DeploymentSpec;
  readonly #sourceRoots: readonly string[];

  constructor(options: {
    /** A new unique name when absent. */
    name?: string;
    newDriver: () => Driver;
    newPlace: () => HostPlace;
    spec: Partial<DeploymentSpec> & Pick<DeploymentSpec, "source" | "port" | "driver">;
    sourceRoots: readonly string[];
  }) {
    this.name = options.name ?? `s-${randomUUID().slice(0, 8)}`;
    this.#newDriver = options.newDriver;
    this.#newPlace = options.newPlace;
    this.#sourceRoots = options.sourceRoots;
    this.spec = DeploymentSpec.parse({
      serviceName: this.name,
      settings: {},
      healthPath: "/health",
      domain: null,
      volumes: [],
      dropletId: null,
      autoRegister: true,
      environmentRevisionId: null,
      ...options.spec,
      health: {
        stabilityMs: 150,
        goodIntervalMs: 10,
        intervalMs: 50,
        drainMs: 2_000,
        portTimeoutMs: 60_000,
        requestTimeoutMs: 20_000,
        ...options.spec.health,
      },
    });
  }

  get place() {
    return { ...this.#newPlace(), serviceName: this.name };
  }

  release(id: string): KeptRelease {
    const found = this.releases.find((release) => release.id === id);
    if (!found) throw new Error(`no release ${id}`);
    return found;
  }

  /** The artifact of this release was pruned. */
  forget({ id }: ReleaseRef): void {
    this.releases.splice(
      this.releases.findIndex((release) => release.id === id),
      1,
    );
  }

  deploy(options: DeployOptions = {}): Promise<Attempt> {
    const release = { id: randomUUID(), artifact: null };
    const spec = { ...this.spec, ...options.spec };
    return this.#attempt("deploy", release, spec, options.environment ?? {}, options);
  }

  rollback(to: KeptRelease, options: DeployOptions = {}): Promise<Attempt> {
    return this.#attempt("rollback", to, to.spec, to.environment, options);
  }

  async remove(): Promise<Attempt> {
    const attempt = await this.#attempt(
      "removal",
      this.current ?? { id: randomUUID(), artifact: null },
      this.spec,
      {},
      {},
    );
    if (!attempt.problem) this.current = null;
    return attempt;
  }

  /** Continues an attempt with `leave` from its receipts alone, as the next worker does. */
  takeOver({ releaseId, receipts }: Attempt, options: DeployOptions = {}): Promise<Attempt> {
    const spec = { ...this.spec, ...options.spec };
    return this.#attempt(
      "deploy",
      { id: releaseId, artifact: null },
      spec,
      options.environment ?? {},
      options,
      receipts,
    );
  }

  /** Undoes an attempt with `leave` from its receipts alone, as another process would. */
  async undo(attempt: Pick<Attempt, "releaseId" | "receipts">): Promise<void> {
    const run = new Run({
      ...this.#surroundings(),
      kind: "deploy",
      release: { id: attempt.releaseId, artifact: null },
      spec: this.spec,
      environment: {},
      options: {},
    });
    run.receipts = JSON.parse(JSON.stringify(attempt.receipts)) as Attempt["receipts"];
    await run.undo(this.#newDriver().phases);
    if (run.attempt.stuck.length > 0) throw run.attempt.stuck[0];
  }

  async #attempt(
    kind: PhaseContext["kind"],
    release: ReleaseRef,
    spec: DeploymentSpec,
    environment: Environment,
    options: DeployOptions,
    receipts: Attempt["receipts"] = {},
  ): Promise<Attempt> {
    const run = new Run({ ...this.#surroundings(), kind, release, spec, environment, options });
    Object.assign(run.receipts, JSON.parse(JSON.stringify(receipts)));
    const phasesOf = () => (kind === "removal" ? this.#newDriver().removal : this.#newDriver().phases);
    await run.run(phasesOf);
    if (run.attempt.problem && !options.leave) await run.undo(phasesOf());
    if (!run.attempt.problem && kind !== "removal")
      this.#keep({ id: release.id, artifact: run.artifact, spec, environment });
    return run.attempt;
  }

  #surroundings() {
    return { service: this, place: this.#newPlace(), sourceRoots: this.#sourceRoots };
  }

  #keep(release: KeptRelease): void {
    this.current = release;
    if (!this.releases.some(({ id }) => id === release.id)) this.releases.unshift(release);
  }
}
