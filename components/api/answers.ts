/*
 * The answers of our API, by name. This file, and zod with it, is loaded when the first answer has to be checked: a
 * page arrives with its data, so most pages are read without it.
 */
import * as z from "zod";
import { BackupView } from "@/lib/contracts/backup";
import { LogLine } from "@/lib/contracts/event";
import { ImageRegistryView } from "@/lib/contracts/image-registry";
import { ChannelView, RuleView } from "@/lib/contracts/notification";
import { PhaseKey } from "@/lib/contracts/phase-shape";
import { PROBLEMS, type ProblemCode } from "@/lib/contracts/problem";
import { ReleaseSummary } from "@/lib/contracts/release";
import { StackOffer } from "@/lib/contracts/stack";
import { TargetView } from "@/lib/contracts/target";
import { TemplateView } from "@/lib/contracts/template";
import { SessionView, UnlinkedAccountView } from "@/lib/contracts/user";

export { Backups } from "@/lib/contracts/backup";
export { DeploymentSummary, DeploymentView } from "@/lib/contracts/deployment";
export { Orphans, OrphansRemoved, TargetDrift } from "@/lib/contracts/drift";
export { BranchCommits, GitAccessView, GitTestResult } from "@/lib/contracts/git-access";
export { HealthProbe } from "@/lib/contracts/health-check";
export { DeliveryView, HookView } from "@/lib/contracts/hook";
export { ChannelAnswer, NotificationView } from "@/lib/contracts/notification";
export { Overview } from "@/lib/contracts/overview";
export { pageOf } from "@/lib/contracts/page";
export { RegistrationView } from "@/lib/contracts/registration";
export { FileDifference, ReleaseComparison, RollbackPreview } from "@/lib/contracts/release";
export { RuntimeState, ServiceDetail, ServiceSummary } from "@/lib/contracts/service";
export { HostKeyView } from "@/lib/contracts/ssh";
export { StackNameCheck, StackSummary } from "@/lib/contracts/stack";
export { TargetCheck, TargetRemoved } from "@/lib/contracts/target";
export { UploadView } from "@/lib/contracts/upload";
export { ServiceUptime } from "@/lib/contracts/uptime";
export { ServiceUsage } from "@/lib/contracts/usage";
export {
  AccountView,
  AuditView,
  MadeToken,
  PasskeyOptions,
  RecoveryCodes,
  SecurityView,
  TokenView,
  TotpOffer,
  UserView,
} from "@/lib/contracts/user";
export { BackupView, ChannelView, ImageRegistryView, RuleView, TargetView, TemplateView };

export const Channels = z.object({ items: z.array(ChannelView) });
export const Rules = z.object({ items: z.array(RuleView) });
export const ImageRegistries = z.object({ items: z.array(ImageRegistryView) });
export const Offers = z.object({ items: z.array(StackOffer) });
export const Releases = z.object({ items: z.array(ReleaseSummary) });
export const Sessions = z.object({ items: z.array(SessionView) });
export const Targets = z.object({ items: z.array(TargetView) });
export const Templates = z.object({ items: z.array(TemplateView) });
export const Unlinked = z.object({ items: z.array(UnlinkedAccountView) });

const LogRow = z.object({ n: z.int(), phase: PhaseKey.nullable(), line: LogLine });
export const LogPage = z.object({ lines: z.array(LogRow), total: z.int() });

/** The answer to a stack request: the request is a deployment, and can be watched. */
export const Requested = z.object({ deploymentId: z.uuid() });
export const Revealed = z.object({ value: z.string() });

/** For a route without an answer. */
export const Nothing = z.undefined();
/** For a route whose answer is not used. */
export const Anything = z.unknown();

const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];
export const WireProblem = z.object({
  code: z.enum(codes),
  detail: z.string(),
  cause: z.string().optional(),
  fields: z
    .array(z.object({ path: z.array(z.union([z.string(), z.number()])), code: z.string(), message: z.string() }))
    .default([]),
});
