import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { Link } from "@/components/ui/link";
import { StateBadge } from "@/components/ui/state-badge";
import { ClockTime, TimeAgo } from "@/components/ui/time";
import type { ServiceCheckDetail } from "@/lib/contracts/drift";
import type { StackSummary } from "@/lib/contracts/stack";
import { StackActions } from "./stack-actions";
import { StackAddress, StackState } from "./stack-state";

interface RowsProps {
  stacks: readonly StackSummary[];
  showOwner: boolean;
  /** Inside of a card that has a border of its own. */
  plain?: boolean;
}

/** Cards on a phone, rows on a desk, whose columns are as wide as their widest cell. */
export function StackRows({ stacks, plain, ...shown }: RowsProps) {
  return (
    <ul
      className={cn(
        "grid grid-cols-[minmax(0,1fr)] @4xl/page:grid-cols-[minmax(0,1fr)_fit-content(14rem)_auto] @4xl/page:gap-x-6",
        plain ? "divide-y" : "gap-y-3",
      )}
    >
      {stacks.map((stack) => (
        <li key={stack.id} className="@4xl/page:col-span-full @4xl/page:grid @4xl/page:grid-cols-subgrid">
          <StackRow stack={stack} plain={plain} {...shown} />
        </li>
      ))}
    </ul>
  );
}

function StackRow({ stack, showOwner, plain }: Omit<RowsProps, "stacks"> & { stack: StackSummary }) {
  const t = useTranslations("stacks");
  const { name, state, owner, createdAt, currentRelease } = stack;
  return (
    <article
      className={cn(
        "grid items-center gap-y-3 px-4 py-3.5 @4xl/page:col-span-full @4xl/page:grid-cols-subgrid",
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
        {state === "down" && stack.check && <DownSince check={stack.check} />}
        {state === "failed" && currentRelease && (
          <p className="text-muted text-sm">{t("stillRuns", { number: currentRelease.number })}</p>
        )}
      </div>
      <div className="flex min-w-0 flex-wrap gap-x-3 gap-y-0.5 text-muted text-sm @4xl/page:flex-col">
        <LastDeployment stack={stack} />
        <span className="text-faint">{t.rich("madeWhen", { when: () => <TimeAgo at={createdAt} /> })}</span>
        {showOwner && (
          <span className="truncate text-faint">{t.rich("ownedBy", { name: () => <bdi>{owner.name}</bdi> })}</span>
        )}
      </div>
      <StackActions
        stack={stack}
        className={cn(
          "@max-4xl/page:-mx-4 @max-4xl/page:-mb-3.5 @max-4xl/page:border-t @max-4xl/page:py-1.5 @4xl/page:-me-2 @4xl/page:justify-end",
          // A button with a border has the same distance from the card's on each side; text is aligned with text.
          state === "down" ? "@max-4xl/page:px-2" : "@max-4xl/page:px-1",
        )}
      />
    </article>
  );
}

/** Since when the stack is down, and its last line of output. */
function DownSince({ check: { since, exitCode, lastOutput } }: { check: ServiceCheckDetail }) {
  const t = useTranslations("drift");
  const last = lastOutput.at(-1);
  return (
    <div className="mt-1 min-w-0 text-sm">
      <p className="text-failed">
        {t.rich("downSince", { when: () => <ClockTime at={since} /> })}
        {exitCode !== null && <span className="ms-2 text-muted">{t("exitCode", { code: exitCode })}</span>}
      </p>
      {last && (
        <code dir="ltr" className="figures inline-block max-w-full truncate text-muted text-xs">
          {last}
        </code>
      )}
    </div>
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
