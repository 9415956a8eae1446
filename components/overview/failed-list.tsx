import { CircleX, TriangleAlert } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { TimeAgo } from "@/components/ui/time-ago";
import { useProblemSentence } from "@/lib/client/use-problem-sentence";
import type { FailedDeployment, Overview } from "@/lib/contracts/overview";

/** What failed in the last day, where and why; absent when nothing did. */
export function FailedList({ failed }: { failed: Overview["failed"] }) {
  const t = useTranslations("overview");
  if (failed.total === 0) return null;
  const more = failed.total - failed.items.length;
  return (
    <Card flush title={t("failed")} className="overflow-hidden">
      <ul className="divide-y">
        {failed.items.map((deployment) => (
          <li key={deployment.id}>
            <Failed deployment={deployment} />
          </li>
        ))}
      </ul>
      {more > 0 && (
        <Link
          href="/deployments?state=failed"
          className="block border-t px-4 py-2.5 text-center text-muted text-sm hover:bg-subtle"
        >
          {t("more", { count: more })}
        </Link>
      )}
    </Card>
  );
}

function Failed({ deployment }: { deployment: FailedDeployment }) {
  const t = useTranslations();
  const sentence = useProblemSentence();
  const { id, number, service, kind, state, finishedAt, queuedAt, failedPhase, problem } = deployment;
  const Icon = state === "stuck" ? TriangleAlert : CircleX;
  return (
    <Link
      href={`/deployments/${id}`}
      className="flex items-start gap-2.5 px-4 py-3 transition-colors hover:bg-subtle focus-visible:outline-offset-[-2px]"
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-failed" />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <bdi className="font-medium">{service.name}</bdi>
          <span className="figures text-muted">#{number}</span>
          {kind !== "deploy" && <Badge tone="outline">{t(`kinds.${kind}`)}</Badge>}
          {state === "stuck" && <Badge tone="failed">{t("states.stuck")}</Badge>}
          {failedPhase && (
            <span className="text-failed text-sm">
              {t("deployment.failedIn", { phase: t(`phases.${failedPhase}`) })}
            </span>
          )}
          <TimeAgo at={finishedAt ?? queuedAt} className="ms-auto whitespace-nowrap text-faint text-sm" />
        </span>
        {problem && <span className="mt-0.5 block text-pretty text-muted text-sm">{sentence(problem)}</span>}
      </span>
    </Link>
  );
}
