import type * as z from "zod";
import type { ProbeSummary, Progress } from "@/lib/contracts/deployment";
import type { OrphanKind, Restored } from "@/lib/contracts/drift";
import type { Fact } from "@/lib/contracts/fact";
import type { PhaseKey } from "@/lib/contracts/phase";
import type { Problem, ProblemData } from "@/lib/contracts/problem";
import type { Announcement } from "@/lib/contracts/registration";
import type { Change } from "@/lib/contracts/release";
import type { ReleaseCommandRun } from "@/lib/contracts/release-command";
import type { ResourceKind } from "@/lib/contracts/resource";
import type { DeploymentSpec, RuntimeState } from "@/lib/contracts/service";
import type { Host } from "@/lib/hosts/host";
import type { Secret, Secrets } from "@/lib/platform/secrets/secret";
import type { FolderRequest, MaterialisedSource } from "@/lib/sources/source";
import type { ProbeAnswer } from "./probe";
import type { Refuses } from "./refusal";

/**
 * A way to run services. A driver is an ordered list of phases; the pipeline that runs them (lib/engine/pipeline.ts)
 * does not depend on any driver. To add one: its folder here, a line in catalogue.ts and registry.ts, and
 * contract/driver-contract.ts runs on it. `Access` is what its kind of target connects to (lib/targets/kind.ts): a
 * host, or the client of a platform.
 */
export interface Driver<Settings = unknown, Access extends object = HostPlace> {
  readonly settings: z.ZodType<Settings>;
  /** A service's requests that this driver cannot fulfil. Checked when a service is saved and again in Validation. */
  readonly refuses?: Refuses;
  /** In execution order, the same for deploy and rollback (a phase answers `skipped` where it has nothing to do). */
  readonly phases: readonly NamedPhase<Access>[];
  /** The phases that remove the service and all its resources from the target. */
  readonly removal: readonly NamedPhase<Access>[];
  /** The state of the live release. Never throws for a service that is down or absent. */
  state(place: ServicePlace<Access>): Promise<RuntimeState>;
  /** The running service's own output: the newest `tail` lines, then new lines until the signal. */
  logs(place: ServicePlace<Access>, options: LogOptions): AsyncIterable<OutputPiece>;
  /** Removes a release's artifact. Safe to repeat; refuses a release that runs. */
  prune(place: ServicePlace<Access>, release: ReleaseRef): Promise<void>;
  /** Is the artifact still there, so that a rollback needs no transfer and no build? */
  hasArtifact(place: ServicePlace<Access>, release: ReleaseRef): Promise<boolean>;
  /** The differences of two artifacts, for the rollback dialog. */
  diff(place: ServicePlace<Access>, from: ReleaseRef, to: ReleaseRef): Promise<Change[]>;
  /** How its services on a host are checked and repaired between deployments. */
  readonly upkeep?: Upkeep;
  /**
   * One request to a live service at its public address. Absent where the request goes to the service's port on its
   * host instead. No answer is a result; rejects only when the signal aborts.
   */
  ask?(access: Access, request: HealthRequest): Promise<ProbeAnswer & { port: number; path: string }>;
  /** Checks all services of a platform in few calls; answers by the release's id. Absent for drivers of hosts. */
  survey?(access: Access, releases: readonly SurveyedRelease[], signal: AbortSignal): Promise<Map<string, Inspection>>;
}

/** A health request to a live service, with its deployed settings. */
export interface HealthRequest {
  domain: string | null;
  port: number;
  settings: unknown;
  path: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** A driver for any kind of target. Its caller passes the connection to such a target. */
export type AnyDriver = Driver<unknown, object>;

export interface SurveyedRelease extends ReleaseRef {
  /** The domain of its public address. */
  domain: string | null;
}

/** A line of a service's output, or a part of one that `goesOn` in the next piece. */
export interface OutputPiece {
  text: string;
  goesOn: boolean;
}

export interface LogOptions {
  tail: number;
  follow: boolean;
  signal: AbortSignal;
  /** Leaves out older lines: another person's service may have had the name before. */
  since?: Date | null;
}

/** What the reconciler (lib/engine/reconcile) needs of a driver to compare the desired with the actual state. */
export interface Upkeep {
  /** The actual state of the release that should be live. Rejects only when the host or its tool does not answer. */
  inspect(place: ServicePlace, release: ReleaseRef): Promise<Inspection>;
  /**
   * Repairs what the host lost of the release, and answers what was repaired. Changes nothing while another release is
   * live. Safe to repeat. Rejects with the reason when the release cannot be repaired.
   */
  restore(ctx: ReleaseContext): Promise<Restored[]>;
  /** Everything on the host that has this base directory's label or name, whichever service it belongs to. */
  inventory(place: HostPlace): Promise<OwnedThing[]>;
  /** What the running releases of the base directory use, all of them with one command on the host. */
  usage(place: HostPlace, signal: AbortSignal): Promise<HostUsage>;
}

/** What releases use. Figures of a release that several processes or containers run are summed by the caller. */
export interface HostUsage {
  /** By the host's own clock, which no one sets. */
  uptimeMs: number;
  releases: readonly ReleaseUsage[];
}

/** A figure is null where the host does not account for it. */
export interface ReleaseUsage {
  serviceName: string;
  releaseId: string;
  /** Changes with every start: CPU time is counted from there. */
  run: string;
  cpuMs: number | null;
  memoryBytes: number | null;
  restarts: number;
}

export interface Inspection extends Omit<RuntimeState, "releaseId"> {
  /** The release that is actually live; null when none is. */
  servingId: string | null;
  /** Does the public port lead to the live release? */
  way: "open" | "closed" | "edge-down" | "supervisor-down";
  /** The artifact it actually runs, if that differs from the recorded one. */
  foreignArtifact: { wanted: string; found: string } | null;
}

/** Something on a host that Landfall created, found by its label or its name. */
export interface OwnedThing {
  /** Stable across listings. */
  id: string;
  kind: OrphanKind;
  name: string;
  /** Null for resources that the services of the base directory share. */
  serviceName: string | null;
  /** Its release's id, or the end of that id in a short name; null for a resource of the service as a whole. */
  releaseId: string | null;
  bytes: number | null;
  /** The path of a folder. */
  path?: string;
  /** On a platform: the owner, and other resources with the same marker. */
  owner?: { serviceId: string; externalId: string; twins: readonly string[] };
  /** Checks the owner again before removing. Succeeds when there is nothing. */
  remove(): Promise<void>;
}

/** A phase leaves a receipt, or reports that there was nothing to do. */
export type PhaseResult = { receipt?: Json; facts?: readonly Fact[]; skipped?: boolean } | undefined;

export interface Phase<Access extends object = HostPlace> {
  /** Is it safe to run again after a worker died in the middle of it? If not, the deployment is undone. */
  readonly repeatable: boolean;
  /** Milliseconds; PHASE_TIMEOUT_MS when absent. */
  readonly deadlineMs?: number;
  /** True when it runs the service's own commands: their time-outs come on top of its deadline. */
  readonly runsCommands?: boolean;
  /** Milliseconds; two minutes when absent. */
  readonly undoDeadlineMs?: number;
  /**
   * The consequence of its failure. `undo` (the default) undoes the deployment; `warn` is for phases after the new
   * release was verified: the deployment succeeds with a warning.
   */
  readonly onFailure?: "undo" | "warn";
  run(ctx: PhaseContext<Access>): Promise<PhaseResult>;
  /**
   * Undoes `run`. Safe to call twice, in another process, and after an interrupted run (the receipt is then the last one
   * that `ctx.saveReceipt` kept, or undefined).
   */
  undo?(ctx: PhaseContext<Access>, receipt: Json | undefined): Promise<void>;
}
export interface NamedPhase<Access extends object = HostPlace> extends Phase<Access> {
  readonly key: PhaseKey;
}

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** A host, and the folder on it that has the services of a target. */
export interface HostPlace {
  host: Host;
  /** Every service has its folder in it: `<base>/<service>/releases/<id>`. */
  base: string;
}

export type ServicePlace<Access extends object = HostPlace> = Access & { serviceName: string };

export interface ReleaseRef {
  id: string;
  artifact: Json;
}

/** Everything that is needed to run a release. */
export type ReleaseContext<Access extends object = HostPlace> = ServicePlace<Access> & ReleaseFacts;

interface ReleaseFacts {
  /** The deployment that created this release, or the running one. */
  readonly deploymentId: string;
  readonly spec: DeploymentSpec;
  /**
   * True for a member's service: its build gets none of the host's credentials, lets the host fetch nothing but images,
   * and takes no name that others on the host may have.
   */
  readonly isConfined: boolean;
  /** The release that the deployment creates or restores. Its artifact is null until a phase calls `setArtifact`. */
  readonly release: { readonly id: string; readonly artifact: Json };
  /** Decrypted; a value must reach the host through stdin or a 0600 file only. Masked in every log line. */
  readonly environment: Secrets;
  /** Aborts on cancel, after the deadline, and when this worker was replaced. Every wait and command must use it. */
  readonly signal: AbortSignal;
  /**
   * Writes a line of the deployment's log: output of a command, or (without a stream) a sentence of Landfall's. `goesOn`
   * marks a part of a line. Answers the line's number, 0 where there is no log.
   */
  log(line: string, stream?: "stdout" | "stderr", goesOn?: boolean): number;
}

/** Everything a phase knows and may use. It contains no database, queue or request. */
export type PhaseContext<Access extends object = HostPlace> = ReleaseContext<Access> & PhaseTools;

interface PhaseTools {
  readonly kind: "deploy" | "rollback" | "removal";
  /** The deployment's number, by which people call it. */
  readonly number: number;
  readonly serviceId: string;
  /** The live release, which stays live if this deployment fails. */
  readonly previous: (ReleaseRef & { spec: DeploymentSpec }) | null;
  /** The newest releases whose artifact is on the host, newest first: a transfer takes unchanged files from them. */
  readonly artifacts: readonly ReleaseRef[];
  /** Resolved roots that must contain a folder source. */
  readonly sourceRoots: readonly string[];
  readonly sources: SourcePort;
  readonly registry: RegistryPort;
  readonly resources: ResourcePort;

  /** Reports the phase's facts and progress. May be called at any rate: the journal limits it. */
  progress(update: { facts?: readonly Fact[]; progress?: Progress }): void;
  /** Stores a receipt before the phase has ended, so that any process can undo what was just created. */
  saveReceipt(receipt: Json): Promise<void>;
  receiptOf(phase: PhaseKey): Json | undefined;
  setArtifact(artifact: Json): void;
  /** Where people reach the service; stored with the deployment. */
  setUrl(url: string): void;
  setProbes(probes: ProbeSummary): void;
  /** Stores the path that replaces the default one: later health checks of the release use it too. */
  setHealthPath(path: string): Promise<void>;
  /** Records the run of the release command with the deployment; stored with the next receipt. */
  setReleaseCommand(run: ReleaseCommandRun): void;
  warn(problem: Problem): void;
  /** The credentials for a registry (`ghcr.io`, `docker.io`); null when none are stored. Masked in every log line. */
  imageCredentials(host: string): Promise<ImageCredentials | null>;
  /** A digest that only this console can compute: it reveals nothing about a text that contains secrets. */
  keyedDigest(text: string): string;
  /** The environment of the previous release, for an undo that must write it again. Masked in every log line. */
  previousEnvironment(): Promise<Secrets>;
}

export interface ImageCredentials {
  username: string;
  password: Secret;
}

/** The files of the deployment's source, which lib/sources provides: a driver does not depend on the kind of source. */
export interface SourcePort {
  /** A folder on this machine, shared and read-only. Throws a Problem of the kind of source, or `storage-full`. */
  materialise(request: FolderRequest): Promise<MaterialisedSource>;
}

/**
 * The resources a platform created for the service, by the platform's own ids (Resource rows). An id is recorded before
 * anything else is done, so that none is lost when the process ends.
 */
export interface ResourcePort {
  list(): Promise<ExternalResource[]>;
  /** Safe to repeat. Answers true for an id that no service had recorded before. */
  record(resource: ExternalResource): Promise<boolean>;
  /** Records that the resource is gone from the platform. Safe to repeat. */
  forget(resource: Pick<ExternalResource, "kind" | "externalId">): Promise<void>;
}
export interface ExternalResource {
  kind: ResourceKind;
  externalId: string;
  name: string | null;
}

/** Announcing for drivers, which do not know the Registry's address. Implemented by lib/registry. */
export interface RegistryPort {
  /** Announces the service and verifies the entry. Rejects with `registration-failed`; retrying is not the driver's task. */
  announce(announcement: Announcement): Promise<void>;
  withdraw(serviceName: string): Promise<void>;
}

export type { ProblemData };
