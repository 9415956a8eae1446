import * as z from "zod";
import type { DEPLOYMENT_STATES } from "@/lib/contracts/deployment-state";
import { PhaseKey } from "@/lib/contracts/phase-shape";

/** The stack API's shapes (docs/api.md), in camelCase, exactly as its clients expect. */

/** A queued deployment is pending; one that is being undone is still in progress. */
const StackDeploymentStatus = z.enum(["pending", "in_progress", "success", "failure"]);
type StackDeploymentStatus = z.infer<typeof StackDeploymentStatus>;

export const STACK_DEPLOYMENT_STATUSES: Record<(typeof DEPLOYMENT_STATES)[number], StackDeploymentStatus> = {
  queued: "pending",
  running: "in_progress",
  undoing: "in_progress",
  succeeded: "success",
  failed: "failure",
  cancelled: "failure",
  stuck: "failure",
};

export const StackAccepted = z.object({
  success: z.literal(true),
  deploymentId: z.uuid(),
  name: z.string(),
  url: z.string().nullable().describe("Where it answers once it runs; null of a removal"),
  status: z.literal("pending"),
});
export type StackAccepted = z.infer<typeof StackAccepted>;

const id = z.string().nullable();
const StackResources = z
  .object({ projectId: id, environmentId: id, applicationId: id, domainId: id })
  .describe("The Dokploy server's own ids; null while it has none");

const percent = z.int().min(0).max(100);

export const StackFailure = z.object({
  phase: PhaseKey,
  message: z.string().describe("In the caller's language"),
  code: z.string().describe("Stable"),
});
export type StackFailure = z.infer<typeof StackFailure>;

/** Data of `event: progress`. */
export const StackProgress = z.object({
  phase: PhaseKey,
  status: z.enum(["in_progress", "success", "failure"]),
  progress: percent,
  message: z.string().describe("What goes on, in the caller's language"),
  currentStep: z.string().describe("The phase's title, or what it is at"),
  resources: StackResources,
});
export type StackProgress = z.infer<typeof StackProgress>;

/** Data of `event: complete`. */
export const StackComplete = z.object({
  url: z.string().nullable(),
  status: z.enum(["ready", "removed"]),
  resources: StackResources,
  duration: z.number().describe("Seconds"),
});
export type StackComplete = z.infer<typeof StackComplete>;

export const StackDeploymentAnswer = z.object({
  success: z.literal(true),
  deployment: z.object({
    id: z.uuid(),
    stackName: z.string(),
    phase: PhaseKey,
    status: StackDeploymentStatus,
    progress: percent,
    message: z.string(),
    url: z.string().nullable(),
    resources: StackResources,
    timestamps: z.object({ started: z.iso.datetime().nullable(), completed: z.iso.datetime().nullable() }),
    error: StackFailure.optional(),
    logs: z.array(z.string()).describe("The newest 50 lines, oldest first"),
  }),
});
export type StackDeploymentAnswer = z.infer<typeof StackDeploymentAnswer>;
