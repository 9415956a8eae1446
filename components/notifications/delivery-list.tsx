"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { DeliveryCard, DeliveryRow, DeploymentLink } from "@/components/layout/delivery-card";
import { useCan } from "@/components/layout/viewer";
import { EmptyState } from "@/components/ui/empty-state";
import { Fold } from "@/components/ui/fold";
import { ClockTime, TimeAgo } from "@/components/ui/time";
import type { NotificationView } from "@/lib/contracts/notification";
import { notificationQueries, useRedeliverNotification } from "./queries";

const TONES = { waiting: "neutral", sent: "succeeded", failed: "failed" } as const;

/** Every message, with each attempt to send it and its answer. */
export function DeliveryList() {
  const t = useTranslations("notifications.deliveries");
  const query = useInfiniteQuery(notificationQueries.deliveries());
  return (
    <DeliveryCard
      title={t("title")}
      query={query}
      deliveries={allItems(query.data)}
      empty={<EmptyState icon={Send} title={t("emptyTitle")} text={t("emptyText")} />}
    >
      {(delivery) => <Delivery key={delivery.id} delivery={delivery} />}
    </DeliveryCard>
  );
}

function Delivery({ delivery }: { delivery: NotificationView }) {
  const t = useTranslations("notifications");
  const can = useCan();
  const redelivery = useRedeliverNotification();
  const { id, kind, state, channel, recipient, notices, createdAt, nextAttemptAt, redeliveryOf } = delivery;
  const mayRedeliver = state !== "waiting" && can("notification:write", { ownerId: recipient?.id ?? null });
  const title = (
    <>
      {t(`events.${kind}`)}
      <About notices={notices} />
    </>
  );
  const text = (
    <>
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
          {t("deliveries.next")} <ClockTime at={nextAttemptAt} />
        </>
      )}
    </>
  );
  return (
    <DeliveryRow
      {...{ id, title, text }}
      state={t(`deliveries.states.${state}`)}
      tone={TONES[state]}
      redelivery={mayRedeliver ? redelivery : null}
      told={() => t("deliveries.redelivered")}
    >
      <Attempts delivery={delivery} />
    </DeliveryRow>
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
        <>
          {" "}
          <DeploymentLink deployment={deployment} />
        </>
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
