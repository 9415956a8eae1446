import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import type { StackContext } from "./stack-phase";

/**
 * What the phases leave for each other and for their undo. `made` is kept before the server is asked to make it: an
 * answer that was lost must not make it look as if it had been there before.
 */

/** An answer to its creation was lost: what that asked for may come up beside what was created instead of it. */
const isUncertain = z.boolean().default(false);

export const ProjectReceipt = z.object({ projectId: z.string().optional(), made: z.boolean(), isUncertain });
export const EnvironmentReceipt = z.object({ environmentId: z.string().nullable() });
export const ApplicationReceipt = z.object({
  applicationId: z.string().optional(),
  appName: z.string().optional(),
  made: z.boolean(),
  isUncertain,
});
export const DomainReceipt = z.object({ made: z.boolean(), isUncertain });
export const StartReceipt = z.object({ startedAt: z.number() });

/** A deployment on the server that is followed, so that any process can go on following it. */
export const FollowedDeployment = z.object({
  title: z.string(),
  tries: z.int(),
  /** Its deployments before. */
  known: z.array(z.string()),
  /** The swarm's tries to run it before. */
  knownTasks: z.array(z.string()),
  /** Characters of its log that are in ours. */
  copied: z.int(),
  digest: z.string().nullable(),
  /** The server did not say that it took it. */
  wasRefused: z.boolean().default(false),
  /** It came to a bad end: whoever tries once more has it deployed anew. */
  hasFailed: z.boolean().default(false),
  /** When it was first asked for, in milliseconds since 1970. */
  askedAt: z.number().default(0),
  /** The new tasks, where they alone ran already when the server was done, and when it said so, in milliseconds since 1970. */
  handedOver: z.object({ taskIds: z.array(z.string()), at: z.number() }).optional(),
  /** Requests to the public address while the containers of a release that was live were replaced. */
  probes: z
    .object({
      sent: z.int(),
      failed: z.int(),
      longestGapMs: z.number(),
      lastFailure: z.string().nullable(),
      lastGoodAt: z.number().nullable(),
      isSilent: z.boolean(),
    })
    .optional(),
});
export type FollowedDeployment = z.infer<typeof FollowedDeployment>;
export const ConfigurationReceipt = z.object({
  /** The one that restores the previous configuration. */
  followed: FollowedDeployment.optional(),
  /** Volumes that were written down by this deployment for the first time, whether they exist yet or not. */
  newVolumes: z.array(z.string()).default([]),
  isUncertain,
});

export function projectIdOf(ctx: StackContext): string {
  return required(ProjectReceipt.safeParse(ctx.receiptOf("creating_project")).data?.projectId);
}

export function applicationOf(ctx: StackContext): { applicationId: string; appName: string } {
  const { applicationId, appName } = ApplicationReceipt.safeParse(ctx.receiptOf("creating_application")).data ?? {};
  return { applicationId: required(applicationId), appName: required(appName) };
}

/** Is there something that served before and is to serve again? Not when its application had to be made anew. */
export function restoresPrevious(ctx: StackContext): boolean {
  const application = ApplicationReceipt.safeParse(ctx.receiptOf("creating_application")).data;
  return ctx.previous !== null && application?.made === false;
}

function required(id: string | undefined): string {
  if (id === undefined) throw new Problem("internal", { detail: "a phase ended without its receipt" });
  return id;
}
