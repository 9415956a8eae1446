import { randomUUID } from "node:crypto";
import type { ProbeSummary } from "@/lib/contracts/deployment";
import type { PhaseKey } from "@/lib/contracts/phase";
import { Problem } from "@/lib/contracts/problem";
import type { Announcement } from "@/lib/contracts/registration";
import { DeploymentSpec, type Environment } from "@/lib/contracts/service";
import type { Driver, HostPlace, Json, NamedPhase, PhaseContext, ReleaseRef } from "./driver";

/** What the contract suite needs of the engine, as small as it can be: phases in order, and undo, newest first. */

export interface Attempt {
  releaseId: string;
  problem: Problem | null;
  /** Where it went wrong. */
  failedIn: PhaseKey | null;
  skipped: PhaseKey[];
  details: Partial<Record<PhaseKey, string>>;
  receipts: Partial<Record<PhaseKey, Json>>;
  log: string[];
  probes: ProbeSummary | null;
  url: string | null;
  /** Failures of undo itself. */
  stuck: unknown[];
  durationMs: number;
}

export interface DeployOptions {
  environment?: Environment;
  spec?: Partial<DeploymentSpec>;
  /** Called when a phase begins; abort the given controller to cancel. */
  onPhase?: (phase: PhaseKey, cancel: AbortController) => void;
  onLog?: (line: string) => void;
  /** Every phase runs twice, the second time in a new process that knows only what was kept. */
  crashInEveryPhase?: boolean;
  /** Nothing is undone: the test does that itself. */
  leave?: boolean;
}

/** A service as the engine keeps it: what serves, and which releases can be gone back to. */
export class TestService {
  readonly name: string;
  readonly announced: Announcement[] = [];
  readonly withdrawn: string[] = [];
  /** A Registry that refuses. */
  registryDown = false;
  current: (ReleaseRef & { spec: DeploymentSpec; environment: Environment }) | null = null;
  readonly releases: NonNullable<TestService["current"]>[] = [];

  readonly #newDriver: () => Driver;
  readonly #newPlace: () => HostPlace;
  readonly #spec: DeploymentSpec;
  readonly #sourceRoots: readonly string[];

  constructor(options: {
    newDriver: () => Driver;
    newPlace: () => HostPlace;
    spec: Partial<DeploymentSpec> & Pick<DeploymentSpec, "source" | "port" | "driver">;
    sourceRoots: readonly string[];
  }) {
    this.name = `s-${randomUUID().slice(0, 8)}`;
    this.#newDriver = options.newDriver;
    this.#newPlace = options.newPlace;
    this.#sourceRoots = options.sourceRoots;
    this.#spec = DeploymentSpec.parse({
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
        portTimeoutMs: 10_000,
        ...options.spec.health,
      },
    });
  }

  get place() {
    return { ...this.#newPlace(), serviceName: this.name };
  }

  deploy(options: DeployOptions = {}): Promise<Attempt> {
    const release = { id: randomUUID(), artifact: null };
    const spec = { ...this.#spec, ...options.spec };
    return this.#attempt("deploy", release, spec, options.environment ?? {}, options);
  }

  rollback(to: NonNullable<TestService["current"]>, options: DeployOptions = {}): Promise<Attempt> {
    return this.#attempt("rollback", to, to.spec, to.environment, options);
  }

  async remove(): Promise<Attempt> {
    const attempt = await this.#attempt(
      "removal",
      this.current ?? { id: randomUUID(), artifact: null },
      this.#spec,
      {},
      {},
    );
    if (!attempt.problem) this.current = null;
    return attempt;
  }

  /** Undoes what an attempt with `leave` left, from nothing but its receipts, as another process would. */
  async undo(attempt: Attempt): Promise<void> {
    const run = new Run(
      this,
      "deploy",
      { id: attempt.releaseId, artifact: null },
      this.#spec,
      {},
      {},
      this.#newPlace(),
      this.#sourceRoots,
    );
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
  ): Promise<Attempt> {
    const started = performance.now();
    const run = new Run(this, kind, release, spec, environment, options, this.#newPlace(), this.#sourceRoots);
    const phasesOf = () => (kind === "removal" ? this.#newDriver().removal : this.#newDriver().phases);
    await run.run(phasesOf);
    if (run.attempt.problem && !options.leave) await run.undo(phasesOf());
    if (!run.attempt.problem && kind !== "removal")
      this.#keep({ id: release.id, artifact: run.artifact, spec, environment });
    run.attempt.durationMs = performance.now() - started;
    return run.attempt;
  }

  #keep(release: NonNullable<TestService["current"]>): void {
    this.current = release;
    if (!this.releases.some(({ id }) => id === release.id)) this.releases.unshift(release);
  }
}

class Run {
  readonly attempt: Attempt;
  receipts: Attempt["receipts"] = {};
  artifact: Json;
  readonly #cancel = new AbortController();
  readonly #begun: PhaseKey[] = [];

  constructor(
    readonly service: TestService,
    readonly kind: PhaseContext["kind"],
    readonly release: ReleaseRef,
    readonly spec: DeploymentSpec,
    readonly environment: Environment,
    readonly options: DeployOptions,
    readonly place: HostPlace,
    readonly sourceRoots: readonly string[],
  ) {
    this.artifact = release.artifact;
    this.attempt = {
      releaseId: release.id,
      problem: null,
      failedIn: null,
      skipped: [],
      details: {},
      receipts: this.receipts,
      log: [],
      probes: null,
      url: null,
      stuck: [],
      durationMs: 0,
    };
  }

  async run(phases: () => readonly NamedPhase[]): Promise<void> {
    for (const { key } of phases()) {
      if (this.attempt.problem) return;
      this.#begun.push(key);
      this.options.onPhase?.(key, this.#cancel);
      if (this.options.crashInEveryPhase) await this.#runPhase(phaseOf(phases(), key), true);
      await this.#runPhase(phaseOf(phases(), key), false);
    }
  }

  /** Newest first, carrying on past one that fails; a cancelled run is undone with a signal of its own. */
  async undo(phases: readonly NamedPhase[]): Promise<void> {
    const begun = phases.filter(({ key }) => this.#begun.length === 0 || this.#begun.includes(key)).toReversed();
    for (const phase of begun) {
      try {
        await phase.undo?.(this.#context(new AbortController().signal), copyOf(this.receipts[phase.key]));
      } catch (error) {
        this.attempt.stuck.push(error);
      }
    }
  }

  async #runPhase(phase: NamedPhase, crashes: boolean): Promise<void> {
    try {
      const result = await phase.run(this.#context(this.#cancel.signal));
      if (crashes) return;
      if (result?.receipt !== undefined) this.receipts[phase.key] = copyOf(result.receipt);
      if (result?.skipped) this.attempt.skipped.push(phase.key);
      if (result?.detail) this.attempt.details[phase.key] = result.detail;
    } catch (error) {
      if (phase.onFailure === "warn" && error instanceof Problem) return;
      this.attempt.problem =
        error instanceof Problem ? error : new Problem("internal", { detail: String(error), cause: error });
      this.attempt.failedIn = phase.key;
    }
  }

  #context(signal: AbortSignal): PhaseContext {
    const { attempt, service } = this;
    const say = (line: string) => {
      attempt.log.push(line);
      this.options.onLog?.(line);
    };
    return {
      ...this.place,
      serviceName: service.name,
      deploymentId: randomUUID(),
      serviceId: randomUUID(),
      kind: this.kind,
      spec: this.spec,
      release: { id: this.release.id, artifact: this.artifact },
      previous: service.current,
      artifacts: service.releases,
      environment: this.environment,
      sourceRoots: this.sourceRoots,
      signal,
      registry: {
        announce: async (announcement) => {
          if (service.registryDown) throw new Problem("registration-failed");
          service.announced.push(announcement);
        },
        withdraw: async (name) => void service.withdrawn.push(name),
      },
      log: say,
      progress: () => {},
      saveReceipt: async (receipt) => {
        // The phase this belongs to is the newest one that has begun.
        const phase = this.#begun.at(-1);
        if (phase) this.receipts[phase] = copyOf(receipt);
      },
      receiptOf: (phase) => copyOf(this.receipts[phase]),
      setArtifact: (artifact) => {
        this.artifact = artifact;
      },
      setUrl: (url) => {
        attempt.url = url;
      },
      setProbes: (probes) => {
        attempt.probes = probes;
      },
      warn: (problem) => say(`warning: ${problem.code}`),
    };
  }
}

function phaseOf(phases: readonly NamedPhase[], key: PhaseKey): NamedPhase {
  const phase = phases.find((one) => one.key === key);
  if (!phase) throw new Error(`the driver has no phase ${key}`);
  return phase;
}

/** What a database gives back: plain JSON, not the object that was kept. */
function copyOf(value: Json | undefined): Json | undefined {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as Json);
}
