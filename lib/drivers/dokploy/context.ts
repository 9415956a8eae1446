import * as z from "zod";
import { HEALTH_COMMAND } from "@/lib/contracts/health-command";
import { Problem } from "@/lib/contracts/problem";
import type { NamedPhase, PhaseContext } from "../driver";
import { LIMIT_SETTINGS } from "../setting-shapes";
import type { DokployCalls } from "./client/types";

/** The driver's access: the client of one Dokploy server, as its target describes it (lib/targets/dokploy). */
export interface DokployAccess {
  dokploy: DokployCalls;
  /** Part of the marker of Landfall's projects, on a server that others use too (ours.ts). */
  targetId: string;
  /** The ports of the server's proxy, which leads to the domains of its applications. */
  proxyPorts: { httpPort: number; httpsPort: number };
  /** Names of services resolve to their containers (`dnsrr`) instead of to a virtual IP, which not every kernel supports. */
  isDirect: boolean;
}

export type StackContext = PhaseContext<DokployAccess>;
export type StackPhase = NamedPhase<DokployAccess>;

/** A server may be unreachable for two minutes while a deployment is undone. */
export const UNDO_DEADLINE_MS = 5 * 60_000;

export const DokploySettings = z.strictObject({
  /** The server obtains a certificate for the domain from Let's Encrypt. */
  https: z.boolean().default(false),
  /** The swarm runs this command in the new container, and stops the old container only after it succeeded. */
  healthCommand: HEALTH_COMMAND.optional(),
  ...LIMIT_SETTINGS,
});
export type DokploySettings = z.infer<typeof DokploySettings>;

/*
 * The receipts of phases, for later phases and for undo. `made` (created by this deployment) is stored before the create
 * request is sent: if its answer is lost, the project or application must not be mistaken for an older one.
 */

/** The answer to a create request was lost: a second project, application or domain may appear later. */
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

/** A deployment on the server that Landfall follows. With this, any process can continue to follow it. */
export const FollowedDeployment = z.object({
  title: z.string(),
  tries: z.int(),
  /** The ids of the application's earlier deployments. */
  known: z.array(z.string()),
  /** The ids of the swarm's earlier tasks of the application. */
  knownTasks: z.array(z.string()),
  /** How many characters of its log were copied to Landfall's log. */
  copied: z.int(),
  digest: z.string().nullable(),
  /** The server did not confirm the request. */
  wasRefused: z.boolean().default(false),
  /** It failed: a retry starts another deployment. */
  hasFailed: z.boolean().default(false),
  /** When it was requested, in milliseconds since 1970. */
  askedAt: z.number().default(0),
  /** The new tasks, if only they were running when the server was done, and when that was read, in milliseconds since 1970. */
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
  /** The deployment that restores the previous configuration. */
  followed: FollowedDeployment.optional(),
  /** Volumes that this deployment recorded for the first time, whether they exist yet or not. */
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

/** Can the undo restore a previous release? Not where its application was gone and had to be created again. */
export function restoresPrevious(ctx: StackContext): boolean {
  const application = ApplicationReceipt.safeParse(ctx.receiptOf("creating_application")).data;
  return ctx.previous !== null && application?.made === false;
}

function required(id: string | undefined): string {
  if (id === undefined) throw new Problem("internal", { detail: "a phase ended without its receipt" });
  return id;
}
