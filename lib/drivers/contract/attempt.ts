import type { ProbeSummary } from "@/lib/contracts/deployment";
import type { PhaseKey } from "@/lib/contracts/phase";
import type { Problem } from "@/lib/contracts/problem";
import type { Announcement } from "@/lib/contracts/registration";
import type { DeploymentSpec, Environment } from "@/lib/contracts/service";
import type { ImageCredentials, Json, ReleaseRef } from "../driver";

/** One deployment of the contract suite: what came of it, and what was asked. */
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
}

export interface DeployOptions {
  environment?: Environment;
  spec?: Partial<DeploymentSpec>;
  /** Unpacked uploads by their id: folders that lie under no allowed root. */
  uploads?: Record<string, string>;
  /** What the registry of an image is signed in to with. */
  imageCredentials?: ImageCredentials;
  /** True for a member's service. */
  isConfined?: boolean;
  /** Called when a phase begins; abort the given controller to cancel. */
  onPhase?: (phase: PhaseKey, cancel: AbortController) => void;
  onLog?: (line: string) => void;
  /** Every phase runs twice, the second time in a new process that knows only what was kept. */
  crashInEveryPhase?: boolean;
  /** Nothing is undone: the test does that itself. */
  leave?: boolean;
}

/** A release as the engine keeps it. */
export interface KeptRelease extends ReleaseRef {
  spec: DeploymentSpec;
  environment: Environment;
}

/** What the engine knows of a service between its deployments. */
export interface ServiceMemory {
  readonly name: string;
  readonly current: KeptRelease | null;
  /** Newest first. */
  readonly releases: readonly KeptRelease[];
  readonly announced: Announcement[];
  readonly withdrawn: string[];
  readonly registryDown: boolean;
}
