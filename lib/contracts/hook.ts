import * as z from "zod";
import { Commit } from "./git-source";
import { ProblemParams } from "./problem";

/** A pattern of .gitignore for the paths of a repository; those that one with `!` matches do not count. */
const PathPattern = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .refine((pattern) => !/[\p{Cc}\\]|^#|^!?$/u.test(pattern), { error: "not-a-pattern" });

/** Which API a Git server takes commit statuses by; `auto` goes by the name of the server. */
export const StatusSetting = z.enum(["auto", "github", "gitlab", "gitea", "off"]);
export type StatusSetting = z.infer<typeof StatusSetting>;

/** What the Git server was told last, or why it took nothing. */
export const CommitStatusView = z.object({
  commit: z.string(),
  deploymentId: z.uuid(),
  state: z.enum(["pending", "success", "failure"]),
  sentAt: z.iso.datetime().nullable(),
  refusedAt: z.iso.datetime().nullable().describe("Since then it is not sent again; `detail` says why"),
  detail: z.string().nullable(),
});
export type CommitStatusView = z.infer<typeof CommitStatusView>;

export const HookView = z.object({
  url: z.string().describe("What the Git server calls after a push"),
  secret: z.string().nullable().describe("What deliveries are signed with; null after the hook was removed"),
  enabled: z.boolean(),
  paths: z.array(z.string()).describe("Patterns as in .gitignore; empty: every push to the branch deploys"),
  branch: z.string().nullable().describe("The service's own; null: the default branch of the repository"),
  statuses: StatusSetting,
  newestStatus: CommitStatusView.nullable(),
});
export type HookView = z.infer<typeof HookView>;

export const HookChange = z.strictObject({
  enabled: z.boolean().optional(),
  paths: z.array(PathPattern).max(50).optional(),
  statuses: StatusSetting.optional(),
});
export type HookChange = z.infer<typeof HookChange>;

export const DELIVERY_VERDICTS = ["deployed", "nothing", "refused", "failed"] as const;
export type DeliveryVerdict = (typeof DELIVERY_VERDICTS)[number];

/** Why a delivery did not deploy. A refusal for any other cause has the code of a problem. */
export const DELIVERY_REASONS = [
  "ping",
  "other-event",
  "other-branch",
  "branch-deleted",
  "skipped",
  "no-path",
  "delivered-before",
  "already-live",
  "already-queued",
  "already-running",
  "older-push",
  "disabled",
  "no-git-source",
  "unsigned",
  "wrong-signature",
  "old-signature",
  "unreadable",
  "too-large",
] as const;
export type DeliveryReason = (typeof DELIVERY_REASONS)[number];

/** What the sender of a delivery is answered. */
export const DeliveryReceipt = z.object({
  id: z.uuid(),
  verdict: z.enum(DELIVERY_VERDICTS),
  reason: z.string().nullable().describe("Key under `hooks.reasons` of the messages, or a problem's code"),
  params: ProblemParams,
  deployment: z
    .object({ id: z.uuid(), number: z.int() })
    .nullable()
    .describe("That it started, or that has its commit already"),
});
export type DeliveryReceipt = z.infer<typeof DeliveryReceipt>;

export const DeliveryView = DeliveryReceipt.extend({
  provider: z.enum(["github", "gitlab", "gitea", "bitbucket", "generic"]).nullable(),
  deliveryId: z.string().nullable().describe("The sender's own id; null where the signature was not right"),
  event: z.string(),
  ref: z.string(),
  commit: Commit.nullable(),
  receivedAt: z.iso.datetime(),
  redeliveryOf: z.uuid().nullable(),
  canRedeliver: z.boolean(),
});
export type DeliveryView = z.infer<typeof DeliveryView>;
