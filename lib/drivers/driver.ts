import type * as z from "zod";
import type { ProbeSummary, Progress } from "@/lib/contracts/deployment";
import type { OrphanKind, Restored } from "@/lib/contracts/drift";
import type { Fact } from "@/lib/contracts/fact";
import type { PhaseKey } from "@/lib/contracts/phase";
import type { Problem, ProblemData } from "@/lib/contracts/problem";
import type { Announcement } from "@/lib/contracts/registration";
import type { Change } from "@/lib/contracts/release";
import type { ResourceKind } from "@/lib/contracts/resource";
import type { DeploymentSpec, RuntimeState } from "@/lib/contracts/service";
import type { DokployCalls } from "@/lib/drivers/dokploy/client/types";
import type { Host } from "@/lib/hosts/host";
import type { Secret, Secrets } from "@/lib/platform/secrets/secret";
import type { FolderRequest, MaterialisedSource } from "@/lib/sources/source";
import type { Refuses } from "./refusal";

/**
 * What a way of running services has to offer. A driver is an ordered list of phases; the runner that walks them
 * (lib/engine/pipeline.ts) knows nothing of any driver. To add one: its folder here, a line in catalogue.ts and
 * registry.ts, and contract/driver-contract.ts runs on it.
 */
export interface Driver<Settings = unknown, P extends Place = HostPlace> {
  readonly settings: z.ZodType<Settings>;
  /** What it cannot do of what a service may ask for; asked when a service is saved and again in Validation. */
  readonly refuses?: Refuses;
  /** In the order they run; the same for a deploy and a rollback (a phase answers `skipped` where there is nothing to do). */
  readonly phases: readonly NamedPhase<P>[];
  /** The phases that take the service and everything of it off the target. */
  readonly removal: readonly NamedPhase<P>[];
  /** What runs now. Never throws for a service that is down or absent. */
  state(place: ServicePlace<P>): Promise<RuntimeState>;
  /** The running service's own output: the newest `tail` lines, then what follows until the signal. */
  logs(place: ServicePlace<P>, options: LogOptions): AsyncIterable<OutputPiece>;
  /** Removes a release's artifact. Safe to repeat; refuses the one that runs. */
  prune(place: ServicePlace<P>, release: ReleaseRef): Promise<void>;
  /** Is the artifact still there, so that a rollback needs no transfer and no build? */
  hasArtifact(place: ServicePlace<P>, release: ReleaseRef): Promise<boolean>;
  /** What differs between two artifacts, for the rollback dialog. */
  diff(place: ServicePlace<P>, from: ReleaseRef, to: ReleaseRef): Promise<Change[]>;
  /** How its services are looked after between deployments on a host. */
  readonly upkeep?: Upkeep;
  /** The same look at a platform, which is asked for all of its services at once. By the id of the release. */
  survey?(place: P, releases: readonly SurveyedRelease[], signal: AbortSignal): Promise<Map<string, Inspection>>;
}

export interface SurveyedRelease extends ReleaseRef {
  /** Where people reach it. */
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
  /** Nothing older: another person's service had the name before. */
  since?: Date | null;
}

/** What comparing what should run with what runs (lib/engine/reconcile) needs of a driver. */
export interface Upkeep {
  /** What the host has of the release that should serve. Rejects only when the host or its tool cannot be asked. */
  inspect(place: ServicePlace, release: ReleaseRef): Promise<Inspection>;
  /**
   * Puts back what the host lost of it, and answers what that was. Leaves everything alone while another release has the
   * public way. Safe to repeat. Rejects with what is in the way.
   */
  restore(ctx: ReleaseContext): Promise<Restored[]>;
  /** Everything on the host that carries this base directory's label or name, whoever it is of. */
  inventory(place: HostPlace): Promise<OwnedThing[]>;
}

export interface Inspection extends Omit<RuntimeState, "releaseId"> {
  /** The release that has the public way, whichever should; null when none has. */
  servingId: string | null;
  /** Does the public port lead to what has the public way? */
  way: "open" | "closed" | "edge-down" | "supervisor-down";
  /** What it runs from where that is not what was made for it. */
  foreignArtifact: { wanted: string; found: string } | null;
}

/** Something of ours on a host, found by its label or its name. */
export interface OwnedThing {
  /** The same at every look. */
  id: string;
  kind: OrphanKind;
  name: string;
  /** Null for what the services of the base directory share. */
  serviceName: string | null;
  /** Its id, or the end of it where a name has room for no more; null for what belongs to the service as a whole. */
  releaseId: string | null;
  bytes: number | null;
  /** Its folder, where it is one. */
  path?: string;
  /** On a platform: whose it is, and what else there bears the same marker. */
  owner?: { serviceId: string; externalId: string; twins: readonly string[] };
  /** Looks once more whether it is ours. Nothing there is success. */
  remove(): Promise<void>;
}

/** A phase leaves a receipt, or says that there was nothing to do. */
export type PhaseResult = { receipt?: Json; facts?: readonly Fact[]; skipped?: boolean } | undefined;

export interface Phase<P extends Place = HostPlace> {
  /** Safe to run again after a worker died in the middle of it; else the deployment is undone. */
  readonly repeatable: boolean;
  /** Milliseconds; PHASE_TIMEOUT_MS when absent. */
  readonly deadlineMs?: number;
  /** Milliseconds; two minutes when absent. */
  readonly undoDeadlineMs?: number;
  /**
   * What happens when it fails. `undo` (the default) takes everything back; `warn` is for what comes after the new
   * release has proven that it serves: the deployment succeeds with a warning.
   */
  readonly onFailure?: "undo" | "warn";
  run(ctx: PhaseContext<P>): Promise<PhaseResult>;
  /**
   * Takes back what `run` did. Safe to call twice, in another process, and after a half-done run (then the receipt is
   * what `ctx.saveReceipt` kept last, or undefined).
   */
  undo?(ctx: PhaseContext<P>, receipt: Json | undefined): Promise<void>;
}
export interface NamedPhase<P extends Place = HostPlace> extends Phase<P> {
  readonly key: PhaseKey;
}

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Where a driver does its work: on a host that runs commands, or at a platform that is asked through its API. */
export type Place = HostPlace | DokployPlace;

/** Where a target's host drivers keep their things. */
export interface HostPlace {
  host: Host;
  /** Every service has its folder under it: `<base>/<service>/releases/<id>`. */
  base: string;
}

export interface DokployPlace {
  dokploy: DokployCalls;
  /** Marks what is ours on a server that others use too (lib/drivers/dokploy/client/marker.ts). */
  targetId: string;
  /** Where the server's proxy answers for the domains of its applications. */
  ways: { httpPort: number; httpsPort: number };
  /** Names of services lead to their containers (`dnsrr`) instead of to a virtual IP, which not every kernel has. */
  isDirect: boolean;
}

export type ServicePlace<P extends Place = HostPlace> = P & { serviceName: string };

export interface ReleaseRef {
  id: string;
  artifact: Json;
}

/** What it takes to run a release. A phase knows more. */
export type ReleaseContext<P extends Place = HostPlace> = ServicePlace<P> & ReleaseFacts;

interface ReleaseFacts {
  /** The one that made the release, or that is under way. */
  readonly deploymentId: string;
  readonly spec: DeploymentSpec;
  /**
   * Is it made of what a member chose? Its build has no sign-ins of the host's own and makes the host fetch nothing in its
   * own name but images, and it takes no name that others on the host may have.
   */
  readonly isConfined: boolean;
  /** The release that this makes or restores. Its artifact is null until a phase set it with `setArtifact`. */
  readonly release: { readonly id: string; readonly artifact: Json };
  /** Decrypted; a value must reach the host through stdin or a 0600 file only. Masked in every log line. */
  readonly environment: Secrets;
  /** Aborts on cancel, past a deadline and when this worker was replaced. Every wait and command must take it. */
  readonly signal: AbortSignal;
  /**
   * A line of the deployment's log: output of a command, or (without a stream) what Landfall says; a piece of one that
   * `goesOn`. Answers its number, 0 where there is no such log.
   */
  log(line: string, stream?: "stdout" | "stderr", goesOn?: boolean): number;
}

/** What a phase knows and may use. Nothing of it is a database, a queue or a request. */
export type PhaseContext<P extends Place = HostPlace> = ReleaseContext<P> & PhaseTools;

interface PhaseTools {
  readonly kind: "deploy" | "rollback" | "removal";
  readonly serviceId: string;
  /** What serves now, and what goes on serving if this fails. */
  readonly previous: (ReleaseRef & { spec: DeploymentSpec }) | null;
  /** The newest releases whose artifact is on the host, newest first: a transfer takes unchanged files from them. */
  readonly artifacts: readonly ReleaseRef[];
  /** Resolved roots that a folder source must lie under. */
  readonly sourceRoots: readonly string[];
  readonly sources: SourcePort;
  readonly registry: RegistryPort;
  readonly resources: ResourcePort;

  /** The phase's facts and its progress. Called as often as wanted; the journal thins it out. */
  progress(update: { facts?: readonly Fact[]; progress?: Progress }): void;
  /** Keeps a receipt before the phase has ended, so that what was just made can be undone by any process. */
  saveReceipt(receipt: Json): Promise<void>;
  receiptOf(phase: PhaseKey): Json | undefined;
  setArtifact(artifact: Json): void;
  /** Where people reach the service; stored with the deployment. */
  setUrl(url: string): void;
  setProbes(probes: ProbeSummary): void;
  warn(problem: Problem): void;
  /** What a registry (`ghcr.io`, `docker.io`) is signed in to with; null when nothing is kept for it. Masked in every log line. */
  imageCredentials(host: string): Promise<ImageCredentials | null>;
  /** What the previous release was given, for an undo that has to write it down again. Masked in every log line. */
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
 * What a platform made for the service and will be asked for by its own id (Resource rows). Written down before anything
 * else is done, so that no id is lost with the process that learned it.
 */
export interface ResourcePort {
  list(): Promise<ExternalResource[]>;
  /** Safe to repeat. Answers whether it was not written down before, by any service. */
  record(resource: ExternalResource): Promise<boolean>;
  /** It is gone from the platform. Safe to repeat. */
  forget(resource: Pick<ExternalResource, "kind" | "externalId">): Promise<void>;
}
export interface ExternalResource {
  kind: ResourceKind;
  externalId: string;
  name: string | null;
}

/** Announcing is asked for here and answered by lib/registry; a driver knows no Registry's address. */
export interface RegistryPort {
  /** Announces and reads it back. Rejects with `registration-failed`; the retry in the background is not the driver's. */
  announce(announcement: Announcement): Promise<void>;
  withdraw(serviceName: string): Promise<void>;
}

export type { ProblemData };
