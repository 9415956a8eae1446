"use client";

import { useQuery } from "@tanstack/react-query";
import {
  CircleAlert,
  CircleCheck,
  CircleHelp,
  GitCompareArrows,
  LoaderCircle,
  type LucideIcon,
  OctagonX,
} from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { ErrorPanel } from "@/components/ui/error-panel";
import { Link } from "@/components/ui/link";
import { SkeletonRows } from "@/components/ui/skeleton";
import { ClockTime, TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import type { Condition, TargetDrift as Drift } from "@/lib/contracts/drift";
import type { TargetView } from "@/lib/contracts/target";
import { driftQueries, useCompareNow } from "./queries";
import { CheckFacts } from "./service-drift";

const LOOKS: Record<Condition, { icon: LucideIcon; text: string }> = {
  good: { icon: CircleCheck, text: "text-succeeded" },
  drifted: { icon: CircleAlert, text: "text-warning" },
  unsteady: { icon: LoaderCircle, text: "text-warning" },
  down: { icon: OctagonX, text: "text-failed" },
  unknown: { icon: CircleHelp, text: "text-faint" },
};

/** The desired state of a target, compared with its actual state. */
export function TargetDrift({ target }: { target: TargetView }) {
  const t = useTranslations("drift");
  const query = useQuery(driftQueries.ofTarget(target.name));
  const drift = query.data;
  const actions = drift && target.disabledAt === null && <CompareNow target={target.name} drift={drift} />;
  return (
    <Card flush title={t("title")} description={t("description")} actions={actions} className="overflow-hidden">
      {drift && <Loaded target={target} drift={drift} />}
      {!drift && (query.error ? <ErrorPanel error={query.error} retry={query.refetch} /> : <SkeletonRows />)}
    </Card>
  );
}

function Loaded({ target, drift }: { target: TargetView; drift: Drift }) {
  const wrong = drift.services.filter(({ check }) => check.condition !== "good");
  return (
    <>
      {drift.problem && <NotAsked problem={drift.problem} />}
      <div aria-live="polite" className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3">
        <Verdict drift={drift} wrong={wrong.length} />
        <When target={target} drift={drift} />
      </div>
      {drift.services.length > 0 && (
        <ul className="divide-y border-t">
          {drift.services.map((service) => (
            <Row key={service.id} service={service} />
          ))}
        </ul>
      )}
    </>
  );
}

function Verdict({ drift: { compared, problem }, wrong }: { drift: Drift; wrong: number }) {
  const t = useTranslations("drift");
  if (problem !== null && wrong === 0) return null;
  if (wrong > 0) return <p className="font-medium text-warning">{t("notGood", { count: wrong, total: compared })}</p>;
  return (
    <p className="flex items-center gap-1.5 font-medium">
      {compared > 0 && <CircleCheck aria-hidden className="size-4 shrink-0 text-succeeded" />}
      {t("good", { count: compared })}
    </p>
  );
}

function When({ target, drift }: { target: TargetView; drift: Drift }) {
  const t = useTranslations("drift");
  const text = (children: ReactNode) => <p className="text-faint text-sm">{children}</p>;
  if (target.disabledAt !== null) return text(t("disabled"));
  const { checkedAt, everySeconds } = drift;
  if (checkedAt === null) return text(t("neverCompared"));
  return text(t.rich("comparedWhen", { when: () => <TimeAgo at={checkedAt} />, seconds: everySeconds }));
}

function NotAsked({ problem }: { problem: NonNullable<Drift["problem"]> }) {
  const t = useTranslations("drift");
  const sentence = useProblemSentence();
  return (
    <div role="alert" className="border-b px-4 py-3 wash-failed">
      <p className="font-medium text-failed">{t("notAsked")}</p>
      <p className="text-pretty">{sentence(problem)}</p>
      {problem.detail && <code className="figures block break-words text-muted text-sm">{problem.detail}</code>}
    </div>
  );
}

function Row({ service: { name, check } }: { service: Drift["services"][number] }) {
  const t = useTranslations("drift");
  return (
    <li className="grid gap-x-6 gap-y-1 px-4 py-3 @3xl/page:grid-cols-[minmax(0,14rem)_minmax(0,1fr)]">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3 @3xl/page:flex-col @3xl/page:justify-start">
        <Link
          href={`/services/${encodeURIComponent(name)}`}
          className="max-w-full truncate font-medium underline-offset-4 hover:underline"
        >
          <bdi>{name}</bdi>
        </Link>
        <ConditionBadge condition={check.condition} />
      </div>
      <div className="flex min-w-0 flex-col gap-1">
        {check.condition !== "good" && (
          <p className="text-faint text-sm">{t.rich("sinceWhen", { when: () => <ClockTime at={check.since} /> })}</p>
        )}
        <CheckFacts check={check} />
      </div>
    </li>
  );
}

function CompareNow({ target, drift }: { target: string; drift: Drift }) {
  const t = useTranslations("drift");
  const sentence = useProblemSentence();
  const compare = useCompareNow(target);
  const isAwaited = drift.requestedAt !== null;
  if (!useCan()("target:write")) return null;
  return (
    <Button
      busy={compare.isPending || isAwaited}
      onClick={() => compare.mutate(undefined, { onError: (error) => toast.failed(sentence(error)) })}
    >
      <GitCompareArrows aria-hidden />
      {isAwaited ? t("checking") : t("checkNow")}
    </Button>
  );
}

function ConditionBadge({ condition }: { condition: Condition }) {
  const t = useTranslations("drift.conditions");
  const { icon: Icon, text } = LOOKS[condition];
  return (
    <span className={cn("inline-flex items-center gap-1.5 whitespace-nowrap font-medium text-sm", text)}>
      <Icon aria-hidden className={cn("size-4 shrink-0", condition === "unsteady" && "breathe")} />
      {t(condition)}
    </span>
  );
}
