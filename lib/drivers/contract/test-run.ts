import { hash, randomUUID } from "node:crypto";
import type { ProbeSummary } from "@/lib/contracts/deployment";
import type { PhaseKey } from "@/lib/contracts/phase";
import { Problem } from "@/lib/contracts/problem";
import type { Announcement } from "@/lib/contracts/registration";
import type { ReleaseCommandRun } from "@/lib/contracts/release-command";
import type { DeploymentSpec, Environment } from "@/lib/contracts/service";
import { tellFactsIn } from "@/lib/platform/i18n/tell-facts";
import { secretsOf } from "@/lib/platform/secrets/secret";
import { materialiseSource } from "@/lib/sources/registry";
import { ANYBODY } from "@/lib/sources/source";
import type { HostPlace, ImageCredentials, Json, NamedPhase, PhaseContext, ReleaseRef } from "../driver";

export interface RunRequest {
  service: ServiceMemory;
  kind: PhaseContext["kind"];
  release: ReleaseRef;
  spec: DeploymentSpec;
  environment: Environment;
  options: DeployOptions;
  place: HostPlace;
  sourceRoots: readonly string[];
}

/** A minimal engine for the contract suite: runs phases in order, and undoes them newest first. */
export class Run {
  readonly attempt: Attempt;
  receipts: Attempt["receipts"] = {};
  artifact: Json;
  readonly #cancel = new AbortController();
  readonly #begun: PhaseKey[] = [];

  readonly #request: RunRequest;

  constructor(request: RunRequest) {
    this.#request = request;
    const { release } = request;
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
      healthPath: null,
      releaseCommand: null,
      url: null,
      stuck: [],
    };
  }

  async run(phases: () => readonly NamedPhase[]): Promise<void> {
    for (const { key } of phases()) {
      if (this.attempt.problem) return;
      this.#begun.push(key);
      this.#request.options.onPhase?.(key, this.#cancel);
      if (this.#request.options.crashInEveryPhase) await this.#runPhase(phaseOf(phases(), key), true);
      await this.#runPhase(phaseOf(phases(), key), false);
    }
  }

  /** Undoes newest first and continues after a failure. A cancelled run is undone with a signal of its own. */
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
      if (result?.facts) this.attempt.details[phase.key] = (await tellFactsIn("en"))(result.facts);
    } catch (error) {
      if (phase.onFailure === "warn" && error instanceof Problem) return;
      this.attempt.problem =
        error instanceof Problem ? error : new Problem("internal", { detail: String(error), cause: error });
      this.attempt.failedIn = phase.key;
    }
  }

  #context(signal: AbortSignal): PhaseContext {
    const { attempt } = this;
    const { service } = this.#request;
    const say = (line: string) => {
      attempt.log.push(line);
      this.#request.options.onLog?.(line);
      return attempt.log.length;
    };
    return {
      ...this.#request.place,
      serviceName: service.name,
      deploymentId: randomUUID(),
      serviceId: randomUUID(),
      kind: this.#request.kind,
      number: service.releases.length + 1,
      keyedDigest: (text) => hash("sha256", text),
      spec: this.#request.spec,
      release: { id: this.#request.release.id, artifact: this.artifact },
      previous: service.current,
      artifacts: service.releases,
      environment: secretsOf(this.#request.environment),
      sourceRoots: this.#request.sourceRoots,
      sources: {
        materialise: async (request) => {
          const { source } = this.#request.spec;
          if (source.kind !== "archive") return materialiseSource(source, null, { ...request, reader: ANYBODY });
          const folder = this.#request.options.uploads?.[source.uploadId];
          if (folder === undefined) throw new Problem("source-missing", { params: { path: source.uploadId } });
          return { folder, leftOut: null };
        },
      },
      imageCredentials: async () => this.#request.options.imageCredentials ?? null,
      isConfined: this.#request.options.isConfined ?? false,
      previousEnvironment: async () => ({}),
      signal,
      registry: {
        announce: async (announcement) => {
          if (service.registryDown) throw new Problem("registration-failed");
          service.announced.push(announcement);
        },
        withdraw: async (name) => void service.withdrawn.push(name),
      },
      // Only platforms have resources.
      resources: { list: async () => [], record: async () => true, forget: async () => {} },
      log: say,
      progress: () => {},
      saveReceipt: async (receipt) => {
        // The newest phase that has begun.
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
      setHealthPath: async (path) => {
        attempt.healthPath = path;
      },
      setReleaseCommand: (run) => {
        attempt.releaseCommand = run;
      },
      warn: (problem) => void say(`warning: ${problem.code}`),
    };
  }
}

function phaseOf(phases: readonly NamedPhase[], key: PhaseKey): NamedPhase {
  const phase = phases.find((one) => one.key === key);
  if (!phase) throw new Error(`the driver has no phase ${key}`);
  return phase;
}

/** A copy as a database returns it: plain JSON, not the same object. */
function copyOf(value: Json | undefined): Json | undefined {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as Json);
}

/** The result of one deployment of the contract suite. */
export interface Attempt {
  releaseId: string;
  problem: Problem | null;
  /** The phase that failed. */
  failedIn: PhaseKey | null;
  skipped: PhaseKey[];
  details: Partial<Record<PhaseKey, string>>;
  receipts: Partial<Record<PhaseKey, Json>>;
  log: string[];
  probes: ProbeSummary | null;
  /** The path that proved it instead of the usual one. */
  healthPath: string | null;
  releaseCommand: ReleaseCommandRun | null;
  url: string | null;
  /** Failures during undo. */
  stuck: unknown[];
}

export interface DeployOptions {
  environment?: Environment;
  spec?: Partial<DeploymentSpec>;
  /** Unpacked uploads by id: folders that are not under an allowed root. */
  uploads?: Record<string, string>;
  /** Credentials for the registry of an image. */
  imageCredentials?: ImageCredentials;
  /** True for a member's service. */
  isConfined?: boolean;
  /** Called when a phase begins; abort the given controller to cancel. */
  onPhase?: (phase: PhaseKey, cancel: AbortController) => void;
  onLog?: (line: string) => void;
  /** Every phase runs twice, the second time as in a new process that knows only the receipts. */
  crashInEveryPhase?: boolean;
  /** Leaves a failed deployment for the test to undo. */
  leave?: boolean;
}

/** A release as the engine keeps it. */
export interface KeptRelease extends ReleaseRef {
  spec: DeploymentSpec;
  environment: Environment;
}

/** The engine's record of a service between its deployments. */
export interface ServiceMemory {
  readonly name: string;
  readonly current: KeptRelease | null;
  /** Newest first. */
  readonly releases: readonly KeptRelease[];
  readonly announced: Announcement[];
  readonly withdrawn: string[];
  readonly registryDown: boolean;
}
