"use client";

import { useQuery } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { OrphanCard } from "@/components/drift/orphans";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { RemovalSection } from "@/components/layout/removal-section";
import { useCan } from "@/components/layout/viewer";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ErrorPanel } from "@/components/ui/error-panel";
import { Link } from "@/components/ui/link";
import { TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import type { TargetView } from "@/lib/contracts/target";
import { TARGET_KINDS } from "./kinds";
import { targetQueries, useRemoveTarget } from "./queries";
import { CheckTarget, DisableTarget } from "./target-actions";
import { TargetReach } from "./target-reach";
import { TargetsSkeleton } from "./targets-skeleton";
import { WhoMayDeploy } from "./who-may-deploy";

/** Workers check servers in the background. */
const REFRESH_MS = 30_000;

/** One target: its state, what runs there, and who may deploy to it. */
export function TargetPage({ name }: { name: string }) {
  const query = useQuery({ ...targetQueries.detail(name), refetchInterval: REFRESH_MS });
  const may = useCan();
  const mayChange = may("target:write");
  const target = query.data;
  if (!target && query.error) return <ErrorPanel error={query.error} retry={query.refetch} />;
  if (!target) return <TargetsSkeleton />;
  const { Body, Contents } = TARGET_KINDS[target.kind];
  return (
    <Page>
      <Crumbs trail={[{ label: name }]} />
      <header className="mb-5 flex flex-wrap items-start gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <Title target={target} />
          <Description target={target} />
        </div>
        {mayChange && <Actions target={target} />}
      </header>
      <div className="flex flex-col gap-4">
        <article className="overflow-hidden rounded-lg border bg-surface">
          <Body isWhole target={target} />
        </article>
        <Contents target={target} />
        <WhoMayDeploy target={target} />
        {may("resource:remove") && <OrphanCard target={name} />}
        {mayChange && !target.readOnly && <RemoveTarget target={target} />}
      </div>
    </Page>
  );
}

function Title({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  return (
    <h1 className="flex flex-wrap items-center gap-x-3 gap-y-1 font-semibold text-xl tracking-tight">
      <bdi>{target.name}</bdi>
      <TargetReach target={target} className="tracking-normal" />
      {target.readOnly && <Badge className="tracking-normal">{t("readOnly")}</Badge>}
    </h1>
  );
}

function Description({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  const { lastCheckAt } = target;
  const { Address } = TARGET_KINDS[target.kind];
  return (
    <p className="mt-0.5 text-muted">
      <Address target={target} />
      {lastCheckAt && (
        <>
          {" · "}
          {t.rich("checkedWhen", { when: () => <TimeAgo at={lastCheckAt} /> })}
        </>
      )}
    </p>
  );
}

function Actions({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  const { Form, isHost } = TARGET_KINDS[target.kind];
  return (
    <div className="flex flex-wrap gap-2">
      <DisableTarget target={target} />
      {Form && !target.readOnly && (
        <Button asChild>
          <Link href={`/targets/${encodeURIComponent(target.name)}/edit`}>
            <Pencil aria-hidden />
            {t("edit")}
          </Link>
        </Button>
      )}
      {isHost && <CheckTarget name={target.name} />}
    </div>
  );
}

function RemoveTarget({ target: { name, services } }: { target: TargetView }) {
  const t = useTranslations("targets");
  const router = useRouter();
  const sentence = useProblemSentence();
  return (
    <RemovalSection
      name={name}
      title={t("removeTitle")}
      text={t("removeText")}
      refusal={services > 0 ? t("removeRefused", { count: services }) : undefined}
      action={t("remove")}
      question={t("removeConfirm", { name })}
      done={t("wasRemoved", { name })}
      removal={useRemoveTarget(name)}
      onRemoved={({ left }) => {
        if (left) toast.failed(t("leftThere", { name, why: sentence(left) }));
        router.push("/targets");
      }}
    />
  );
}
