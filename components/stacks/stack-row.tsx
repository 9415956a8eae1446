import Link from "next/link";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { StateBadge } from "@/components/ui/state-badge";
import { TimeAgo } from "@/components/ui/time-ago";
import type { StackSummary } from "@/lib/contracts/stack";
import { StackActions } from "./stack-actions";
import { StackAddress } from "./stack-address";
import { StackState } from "./stack-state";

/** A card on a phone, a row on a desk. */
export function StackRow({
  stack,
  showOwner,
  plain,
}: {
  stack: StackSummary;
  showOwner: boolean;
  /** In a list that has a frame of its own. */
  plain?: boolean;
}) {
  const t = useTranslations("stacks");
  const { name, state, owner, createdAt, currentRelease } = stack;
  return (
    <article
      className={cn(
        "grid items-center gap-x-6 gap-y-3 px-4 py-3.5 lg:grid-cols-[minmax(0,1fr)_9.5rem_20rem]",
        !plain && "rounded-lg border bg-surface",
      )}
    >
      <div className="min-w-0">
        <h2 className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Link
            href={`/stacks/${encodeURIComponent(name)}`}
            className="truncate font-semibold text-lg underline-offset-4 hover:underline"
          >
            <bdi>{name}</bdi>
          </Link>
          <StackState state={state} />
        </h2>
        <StackAddress stack={stack} className="mt-0.5" />
        {state === "failed" && currentRelease && (
          <p className="text-muted text-sm">{t("stillRuns", { number: currentRelease.number })}</p>
        )}
      </div>
      <div className="flex flex-wrap gap-x-3 gap-y-0.5 text-muted text-sm lg:flex-col">
        <LastDeployment stack={stack} />
        <span className="text-faint">{t.rich("madeWhen", { when: () => <TimeAgo at={createdAt} /> })}</span>
        {showOwner && (
          <span className="truncate text-faint">{t.rich("ownedBy", { name: () => <bdi>{owner.name}</bdi> })}</span>
        )}
      </div>
      <StackActions
        stack={stack}
        className="max-lg:-mx-4 max-lg:-mb-3.5 max-lg:border-t max-lg:px-1 max-lg:py-1.5 lg:-me-2 lg:justify-end"
      />
    </article>
  );
}

function LastDeployment({ stack: { lastDeployment } }: { stack: StackSummary }) {
  if (!lastDeployment) return null;
  const { id, number, state, finishedAt, queuedAt } = lastDeployment;
  return (
    <Link href={`/deployments/${id}`} className="flex items-center gap-1.5 underline-offset-4 hover:underline">
      <StateBadge plain state={state} />
      <span className="figures text-[0.96em]">#{number}</span>
      <TimeAgo at={finishedAt ?? queuedAt} />
    </Link>
  );
}
