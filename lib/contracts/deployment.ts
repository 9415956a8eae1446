import * as z from "zod";
import { DEPLOYMENT_KINDS, DEPLOYMENT_STATES } from "./deployment-state";
import { Facts } from "./fact-shape";
import { Commit, CommitId } from "./git-source";
import { PhaseKey, PhaseStatus } from "./phase-shape";
import { ProblemData } from "./problem";
import { ReleaseCommandRun } from "./release-command";
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
  rebuild: z
    .boolean()
    .nullish()
    .describe(
      "Build anew. Otherwise a kept release's build is used again when nothing that it was made of has changed",
    ),
  upload: z
    .uuid()
    .nullish()
    .describe("Id of an upload that becomes the service's source, for a service that is deployed from uploads"),
});
export type NewDeployment = z.infer<typeof NewDeployment>;

export const NewRollback = z.strictObject({
  /** The release to restore; when absent, the release before the current one. */
  releaseId: z.uuid().optional(),
});
export type NewRollback = z.infer<typeof NewRollback>;

/** The number of requests sent to the public address around the cutover, and their results. */
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
  /** Only for a transfer of files. */
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
  /** The facts in English. A phase that ended before facts existed has the text stored then. */
  detail: z.string().nullable(),
  facts: Facts.default([]),
  progress: Progress.nullable().default(null),
  problem: ProblemData.nullable(),
  undoneAt: z.iso.datetime().nullable(),
  undoDurationMs: z.int().nullable(),
  undoProblem: ProblemData.nullable(),
  /** Median duration of this phase in the service's last successful deployments; null without any. */
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
  /** The digest of the files or the image, once known: the same content has the same digest. */
  digest: z.string().nullable().default(null),
  sourceDescription: SourceDescription.nullable().default(null),
  commit: Commit.nullable().default(null).describe("Null before it is known, and for sources without commits"),
  phases: z.array(z.object({ key: PhaseKey, status: PhaseStatus, durationMs: z.int().nullable() })),
});
export type DeploymentSummary = z.infer<typeof DeploymentSummary>;

export const DeploymentView = DeploymentSummary.extend({
  /** The place in the service's queue, from 1; null when not queued. */
  position: z.int().nullable(),
  phases: z.array(PhaseView),
  warnings: z.array(ProblemData),
  url: z.string().nullable(),
  releaseId: z.uuid().nullable(),
  releaseNumber: z.int().nullable(),
  /** The live release, so that a failed deployment can name it. */
  serving: z.object({ releaseId: z.uuid(), number: z.int(), deploymentNumber: z.int() }).nullable(),
  /** The release that one click rolls back to; null when there is none. */
  rollbackTo: z.object({ releaseId: z.uuid(), number: z.int(), deploymentNumber: z.int() }).nullable(),
  probes: ProbeSummary.nullable(),
  releaseCommand: ReleaseCommandRun.nullable().default(null).describe("Null when it has not begun, and without one"),
  registration: z
    .object({ endpoint: z.string(), status: z.string(), registeredAt: z.iso.datetime().nullable() })
    .nullable(),
  cancelRequestedAt: z.iso.datetime().nullable(),
  /** The last event included in this view. Follow from here. */
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

/** How people name a deployment: "#42", or "shop #42" with part of the service's name. */
export const DeploymentCall = z.object({
  number: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
  search: z.string().max(63).optional(),
});
export type DeploymentCall = z.infer<typeof DeploymentCall>;
