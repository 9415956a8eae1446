"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { RotateCw, Send } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { useCan } from "@/components/layout/viewer";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Fold } from "@/components/ui/fold";
import { Link } from "@/components/ui/link";
import { ListPanel } from "@/components/ui/list-panel";
import { TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import type { NotificationView } from "@/lib/contracts/notification";
import { notificationQueries, useRedeliverNotification } from "./queries";

const TONES = { waiting: "neutral", sent: "succeeded", failed: "failed" } as const;

/** Every message, with each attempt to send it and its answer. */
export function DeliveryList() {
  const t = useTranslations("notifications.deliveries");
  const query = useInfiniteQuery(notificationQueries.deliveries());
  const refresh = (
    <Button busy={query.isRefetching} onClick={() => void query.refetch()}>
      <RotateCw aria-hidden />
      {t("refresh")}
    </Button>
  );
  return (
    <Card flush title={t("title")} actions={refresh} className="overflow-hidden">
      <ListPanel
        query={query}
        items={allItems(query.data)}
        empty={<EmptyState icon={Send} title={t("emptyTitle")} text={t("emptyText")} />}
      >
        {(deliveries) => (
          <ul className="divide-y">
            {deliveries.map((delivery) => (
              <Delivery key={delivery.id} delivery={delivery} />
            ))}
          </ul>
        )}
      </ListPanel>
    </Card>
  );
}

function Delivery({ delivery }: { delivery: NotificationView }) {
  const t = useTranslations("notifications");
  const can = useCan();
  const { kind, state, channel, recipient, notices, createdAt, nextAttemptAt, redeliveryOf } = delivery;
  const mayRedeliver = state !== "waiting" && can("notification:write", { ownerId: recipient?.id ?? null });
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-1.5 px-4 py-2.5">
      <Badge tone={TONES[state]}>{t(`deliveries.states.${state}`)}</Badge>
      <div className="min-w-0 flex-1 basis-60">
        <p className="break-words">
          {t(`events.${kind}`)}
          <About notices={notices} />
        </p>
        <p className="text-pretty text-muted text-sm">
          <bdi>{channel.name}</bdi>
          {recipient && (
            <>
              {" · "}
              <bdi>{recipient.name}</bdi>
            </>
          )}
          {" · "}
          <TimeAgo at={createdAt} />
          {redeliveryOf && <> · {t("deliveries.again")}</>}
          {nextAttemptAt && (
            <>
              {" · "}
              {t("deliveries.next")} <TimeAgo at={nextAttemptAt} />
            </>
          )}
        </p>
        <Attempts delivery={delivery} />
      </div>
      {mayRedeliver && <Redeliver id={delivery.id} />}
    </li>
  );
}

/** What it is about: a deployment, a service or a target; the number of events where there are several. */
function About({ notices }: Pick<NotificationView, "notices">) {
  const t = useTranslations("notifications.deliveries");
  const [first] = notices;
  if (!first) return null;
  if (notices.length > 1) return <span className="text-muted"> · {t("events", { count: notices.length })}</span>;
  const { service, deployment, target } = first;
  return (
    <>
      {(service ?? target) && (
        <>
          {" · "}
          <bdi>{(service ?? target)?.name}</bdi>
        </>
      )}
      {deployment && (
        <Link href={`/deployments/${deployment.id}`} className="figures ms-2 underline-offset-4 hover:underline">
          #{deployment.number}
        </Link>
      )}
    </>
  );
}

function Attempts({ delivery: { attempts, attemptCount } }: { delivery: NotificationView }) {
  const t = useTranslations("notifications.deliveries");
  const sentence = useProblemSentence();
  if (attempts.length === 0) return null;
  return (
    <Fold title={t("attempts", { count: attemptCount })} isWrong={false}>
      <ul className="flex flex-col gap-2 text-sm">
        {attempts.map(({ at, problem, answer }) => (
          <li key={at}>
            <TimeAgo at={at} className="text-faint" />{" "}
            <span className={problem ? "text-failed" : "text-succeeded"}>
              {problem ? sentence(problem) : t("accepted")}
            </span>
            {answer && (
              <code dir="ltr" className="figures block break-all text-muted">
                {answer}
              </code>
            )}
          </li>
        ))}
      </ul>
    </Fold>
  );
}

function Redeliver({ id }: { id: string }) {
  const t = useTranslations("notifications.deliveries");
  const sentence = useProblemSentence();
  const redeliver = useRedeliverNotification();
  const run = () =>
    redeliver.mutate(id, {
      onSuccess: () => toast.succeeded(t("redelivered")),
      onError: (error) => toast.failed(sentence(error)),
    });
  return (
    <Button size="sm" busy={redeliver.isPending} onClick={run}>
      {t("redeliver")}
    </Button>
  );
}
