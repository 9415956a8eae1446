"use client";

/* A service's status is two facts: what is live, and how its last deployment ended (contracts/service-status.ts). */
import { CircleCheck, CircleDashed, HeartPulse, LoaderCircle, type LucideIcon, OctagonX, RotateCw } from "lucide-react";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { Link } from "@/components/ui/link";
import { TimeAgo } from "@/components/ui/time";
import { DeploymentState } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import type { ServiceSummary } from "@/lib/contracts/service";
import type { Live, ServiceStatus as Status } from "@/lib/contracts/service-status";

export const STATUS_LOOKS: Record<Status, { icon: LucideIcon; text: string }> = {
  down: { icon: OctagonX, text: "text-failed" },
  restarting: { icon: RotateCw, text: "text-warning" },
  unhealthy: { icon: HeartPulse, text: "text-failed" },
  failed: { icon: OctagonX, text: "text-warning" },
  changing: { icon: LoaderCircle, text: "text-running" },
  live: { icon: CircleCheck, text: "text-succeeded" },
  none: { icon: CircleDashed, text: "text-faint" },
};

type LastDeployment = Pick<NonNullable<ServiceSummary["lastDeployment"]>, "id" | "number" | "kind" | "state">;
interface Facts {
  live: Live;
  lastDeployment: LastDeployment | null;
}

/** Both facts in words: `Live · release 4`, `#7 failed`. The second is undefined where it adds nothing to the first. */
export function useStatusWords(): (facts: Facts) => { live: string; last: string | undefined } {
  const t = useTranslations("services");
  return ({ live: { state, release }, lastDeployment: last }) => {
    const words = state === "live" ? t("liveRelease", { release: release ?? 0 }) : t(`statuses.${state}`);
    if (!last || (last.state === "succeeded" && last.kind !== "removal")) return { live: words, last: undefined };
    return {
      live: words,
      last: t(`outcomes.${DeploymentState.parse(last.state)}`, { number: last.number, kind: last.kind }),
    };
  };
}

/** The live state as icon, word and colour; red is only for what should serve and does not. */
export function LiveBadge({ live, withSince, className }: { live: Live; withSince?: boolean; className?: string }) {
  const words = useStatusWords()({ live, lastDeployment: null }).live;
  const { icon: Icon, text } = STATUS_LOOKS[live.state];
  return (
    <span className={cn("inline-flex items-center gap-1.5 whitespace-nowrap align-middle text-sm", className)}>
      <Icon aria-hidden className={cn("size-4 shrink-0", text)} />
      <span className={cn("font-medium", text)}>{words}</span>
      {withSince && live.since && <TimeAgo at={live.since} className="text-faint" />}
    </span>
  );
}

const OUTCOME_TEXT: Partial<Record<DeploymentState, string>> = {
  failed: "text-warning",
  stuck: "text-failed",
  cancelled: "text-muted",
};

/** The result or state of the last deployment; nothing when it created the live release. */
export function LastOutcome({ facts, isLink, className }: { facts: Facts; isLink?: boolean; className?: string }) {
  const words = useStatusWords()(facts).last;
  const { lastDeployment: last } = facts;
  if (!last || !words) return null;
  const text = OUTCOME_TEXT[DeploymentState.parse(last.state)] ?? "text-running";
  const style = cn("whitespace-nowrap font-medium text-sm", text, className);
  if (!isLink) return <span className={style}>{words}</span>;
  return (
    <Link href={`/deployments/${last.id}`} className={cn(style, "rounded-sm underline-offset-4 hover:underline")}>
      {words}
    </Link>
  );
}

export function isChanging({ lastDeployment }: Pick<ServiceSummary, "lastDeployment">): boolean {
  return lastDeployment !== null && !isFinished(DeploymentState.parse(lastDeployment.state));
}
