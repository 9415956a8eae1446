"use client";

import { RotateCw } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ComponentProps, ReactNode } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Link } from "@/components/ui/link";
import { ListPanel } from "@/components/ui/list-panel";
import { toast } from "@/components/ui/toast";

interface CardProps<Delivery> {
  title: string;
  query: ComponentProps<typeof ListPanel>["query"] & { isRefetching: boolean };
  deliveries: readonly Delivery[] | undefined;
  empty: ReactNode;
  children: (delivery: Delivery) => ReactNode;
}

/** What was sent or received, newest first, one row each. */
export function DeliveryCard<Delivery>({ title, query, deliveries, empty, children }: CardProps<Delivery>) {
  const t = useTranslations("common");
  const refresh = (
    <Button busy={query.isRefetching} onClick={() => void query.refetch()}>
      <RotateCw aria-hidden />
      {t("refresh")}
    </Button>
  );
  return (
    <Card flush title={title} actions={refresh} className="overflow-hidden">
      <ListPanel query={query} items={deliveries} empty={empty}>
        {(items) => (
          <ul className="grid grid-cols-[auto_minmax(0,1fr)] divide-y @xl/page:grid-cols-[auto_minmax(0,1fr)_auto]">
            {items.map(children)}
          </ul>
        )}
      </ListPanel>
    </Card>
  );
}

interface RowProps<Answer> {
  state: string;
  tone: ComponentProps<typeof Badge>["tone"];
  /** What it is, in one line. */
  title: ReactNode;
  /** When, to whom, and why. */
  text: ReactNode;
  /** Absent where it cannot be delivered again. */
  redelivery?: {
    isPending: boolean;
    mutate: (id: string, options: { onSuccess: (answer: Answer) => void; onError: (error: Error) => void }) => void;
  } | null;
  id: string;
  /** The sentence about the repeated delivery. */
  told: (answer: Answer) => string;
  children?: ReactNode;
}

/** The rows share their columns, so that what follows the state is aligned in every language. */
export function DeliveryRow<Answer>({ state, tone, title, text, redelivery, id, told, children }: RowProps<Answer>) {
  const t = useTranslations("common");
  const sentence = useProblemSentence();
  const run = () =>
    redelivery?.mutate(id, {
      onSuccess: (answer) => toast.succeeded(told(answer)),
      onError: (error) => toast.failed(sentence(error)),
    });
  return (
    <li className="col-span-full grid grid-cols-subgrid items-start gap-x-4 gap-y-1.5 px-4 py-2.5">
      <span>
        <Badge tone={tone}>{state}</Badge>
      </span>
      <div>
        <p className="break-words">{title}</p>
        <p className="text-pretty text-muted text-sm">{text}</p>
        {children}
      </div>
      {redelivery && (
        <Button
          size="sm"
          className="justify-self-start @max-xl/page:col-start-2"
          busy={redelivery.isPending}
          onClick={run}
        >
          {t("redeliver")}
        </Button>
      )}
    </li>
  );
}

/** Its margin does not depend on the direction of the number, which is always written from left to right. */
export function DeploymentLink({ deployment: { id, number } }: { deployment: { id: string; number: number } }) {
  return (
    <Link href={`/deployments/${id}`} className="underline-offset-4 hover:underline">
      <span className="figures">#{number}</span>
    </Link>
  );
}
