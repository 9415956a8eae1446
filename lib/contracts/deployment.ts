import * as z from "zod";
import { DEPLOYMENT_KINDS, DEPLOYMENT_STATES } from "./deployment-state";
import { Facts } from "./fact-shape";
import { Commit, CommitId } from "./git-source";
import { PhaseKey, PhaseStatus } from "./phase-shape";
import { ProblemData } from "./problem";
import { DeployMessage, DriverKind, Version } from "./service";
import { SourceDescription } from "./source";

export const DeploymentState = z.enum(DEPLOYMENT_STATES);
export type DeploymentState = z.infer<typeof DeploymentState>;

export const DeploymentKind = z.enum(DEPLOYMENT_KINDS);
export type DeploymentKind = z.infer<typeof DeploymentKind>;

export const NewDeployment = z.strictObject({
  service: z.string().min(1).max(63).describe("Name of the service"),
  version: Version.nullish().describe("What this is called: a tag, a commit"),
  message: DeployMessage.nullish().describe("Why it is deployed"),
  commit: CommitId.nullish().describe(
    "Full id of a commit of the service's branch, for a service from Git; the newest one when absent",
  ),
});
export type NewDeployment = z.infer<typeof NewDeployment>;

export const NewRollback = z.strictObject({
  /** The release to restore; the one before the current one when absent. */
  releaseId: z.uuid().optional(),
});
export type NewRollback = z.infer<typeof NewRollback>;

/** Requests sent through the public address around the switch, and what became of them. */
export const ProbeSummary = z.object({
  sent: z.int(),
  failed: z.int(),
  longestGapMs: z.number(),
  lastFailure: z.string().nullable().default(null),
});
export type ProbeSummary = z.infer<typeof ProbeSummary>;

export const Progress = z.object({
  done: z.number(),
  total: z.number().nullable(),
  unit: z.enum(["bytes", "files", "steps", "probes"]),
  /** What files on their way also tell. */
  files: z.int().optional(),
  totalFiles: z.int().optional(),
  bytesPerSecond: z.number().optional(),
  secondsLeft: z.int().optional(),
});
export type Progress = z.infer<typeof Progress>;

export const PhaseView = z.object({
  key: PhaseKey,
  status: PhaseStatus,
  attempt: z.int(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  durationMs: z.int().nullable(),
  /** The facts in English; of a phase that ended before there were any, what was stored. */
  detail: z.string().nullable(),
  facts: Facts.default([]),
  progress: Progress.nullable().default(null),
  problem: ProblemData.nullable(),
  undoneAt: z.iso.datetime().nullable(),
  undoDurationMs: z.int().nullable(),
  undoProblem: ProblemData.nullable(),
  /** Median of this phase in the service's last successful deployments; null while there are none. */
  usualMs: z.int().nullable().default(null),
});
export type PhaseView = z.infer<typeof PhaseView>;

export const DeploymentSummary = z.object({
  id: z.uuid(),
  number: z.int(),
  service: z.object({ id: z.uuid(), name: z.string() }),
  target: z.object({ id: z.uuid(), name: z.string() }),
  driver: DriverKind,
  kind: DeploymentKind,
  state: DeploymentState,
  trigger: z.string(),
  requestedBy: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  queuedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  durationMs: z.int().nullable(),
  problem: ProblemData.nullable(),
  version: z.string().nullable().default(null),
  message: z.string().nullable().default(null),
  /** Of the files or the image, once they are known: the same for the same content. */
  digest: z.string().nullable().default(null),
  sourceDescription: SourceDescription.nullable().default(null),
  commit: Commit.nullable().default(null).describe("Null before it is known, and for sources without commits"),
  phases: z.array(z.object({ key: PhaseKey, status: PhaseStatus, durationMs: z.int().nullable() })),
});
export type DeploymentSummary = z.infer<typeof DeploymentSummary>;

export const DeploymentView = DeploymentSummary.extend({
  /** 1 = next of its service; null unless it waits. */
  position: z.int().nullable(),
  phases: z.array(PhaseView),
  warnings: z.array(ProblemData),
  url: z.string().nullable(),
  releaseId: z.uuid().nullable(),
  releaseNumber: z.int().nullable(),
  /** What serves now, so that a failed deployment can say so. */
  serving: z.object({ releaseId: z.uuid(), number: z.int(), deploymentNumber: z.int() }).nullable(),
  /** The release one click goes back to from here; null when there is none. */
  rollbackTo: z.object({ releaseId: z.uuid(), number: z.int(), deploymentNumber: z.int() }).nullable(),
  probes: ProbeSummary.nullable(),
  registration: z
    .object({ endpoint: z.string(), status: z.string(), registeredAt: z.iso.datetime().nullable() })
    .nullable(),
  cancelRequestedAt: z.iso.datetime().nullable(),
  /** Events up to this number are in this view: follow from here. */
  lastEvent: z.int(),
  logLines: z.int(),
});
export type DeploymentView = z.infer<typeof DeploymentView>;

export const DeploymentFilter = z.object({
  service: z.string().optional(),
  target: z.string().optional(),
  state: DeploymentState.optional(),
  kind: DeploymentKind.optional(),
});
export type DeploymentFilter = z.infer<typeof DeploymentFilter>;

/** How people call a deployment: "#42", or "shop #42" with a part of its service's name. */
export const DeploymentCall = z.object({
  number: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
  search: z.string().max(63).optional(),
});
export type DeploymentCall = z.infer<typeof DeploymentCall>;
