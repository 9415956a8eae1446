"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Webhook } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { allItems } from "@/components/api/paged";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { ConfirmChange } from "@/components/forms/confirm-change";
import { Field } from "@/components/forms/field";
import { Form, useContractForm } from "@/components/forms/use-contract-form";
import { WrongFields } from "@/components/forms/wrong-fields";
import { DeliveryCard, DeliveryRow, DeploymentLink } from "@/components/layout/delivery-card";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorPanel } from "@/components/ui/error-panel";
import { Skeleton } from "@/components/ui/skeleton";
import { TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import { shortCommit } from "@/lib/contracts/commit";
import {
  DELIVERY_REASONS,
  type DeliveryReason,
  type DeliveryView,
  HookChange,
  type HookView,
} from "@/lib/contracts/hook";
import type { ProblemCode } from "@/lib/contracts/problem";
import { hookQueries, useChangeHook, useRedeliver, useRenewHook } from "./queries";

/** What a push to the service's branch starts, and every delivery with what came of it. */
export function GitHook({ name }: { name: string }) {
  const t = useTranslations("hooks");
  const query = useQuery(hookQueries.hook(name));
  return (
    <>
      <Card title={t("title")} description={t("text")}>
        {query.error && <ErrorPanel error={query.error} retry={query.refetch} />}
        {!query.data && !query.error && <Skeleton className="h-40" />}
        {query.data && <Hook name={name} hook={query.data} />}
      </Card>
      <Deliveries name={name} />
    </>
  );
}

function Hook({ name, hook }: { name: string; hook: HookView }) {
  const t = useTranslations("hooks");
  return (
    <div className="flex flex-col gap-5">
      <Copied label={t("address")} text={hook.url} />
      <Secret name={name} secret={hook.secret} />
      <Rules name={name} hook={hook} />
      {hook.newestStatus?.refusedAt && (
        <p role="alert" className="text-pretty text-sm text-warning">
          {t("statusRefused", {
            commit: shortCommit(hook.newestStatus.commit),
            detail: hook.newestStatus.detail ?? "",
          })}
        </p>
      )}
    </div>
  );
}

function Copied({ label, text, shown = text }: { label: string; text: string; shown?: string }) {
  const t = useTranslations("common");
  return (
    <div className="flex flex-col gap-1.5">
      <span className="font-medium text-sm">{label}</span>
      <div dir="ltr" className="flex items-center gap-1 rounded-md border bg-subtle ps-3 pe-1">
        <code className="figures min-w-0 flex-1 break-all py-2 text-sm">{shown}</code>
        <CopyButton text={text} label={`${t("copy")}: ${label}`} />
      </div>
    </div>
  );
}

/** Deliveries are signed with it. It is shown when a person asks, and copied without being shown. */
function Secret({ name, secret }: { name: string; secret: string | null }) {
  const t = useTranslations("hooks");
  const [isShown, setShown] = useState(false);
  const renew = useRenewHook(name);
  return (
    <div className="flex flex-col gap-3">
      {secret && <Copied label={t("secret")} text={secret} shown={isShown ? secret : "•".repeat(24)} />}
      <div className="flex flex-wrap gap-2">
        {secret && <Button onClick={() => setShown(!isShown)}>{t(isShown ? "hide" : "show")}</Button>}
        <ConfirmChange
          danger
          trigger={<Button>{t("renew")}</Button>}
          title={t("renewTitle")}
          description={t("renewText")}
          action={t("renew")}
          change={renew}
          input={undefined}
          onDone={() => toast.succeeded(t("renewed"))}
        />
      </div>
    </div>
  );
}

/** Which pushes deploy, and whether the Git server is told of it. */
function Rules({ name, hook }: { name: string; hook: HookView }) {
  const t = useTranslations("hooks");
  const change = useChangeHook(name);
  const valuesOf = ({ enabled, paths, statuses }: HookView) => ({ enabled, paths: paths.join("\n"), statuses });
  const form = useContractForm(HookChange, {
    defaults: () => valuesOf(hook),
    prepare: ({ paths, ...values }) => ({ ...values, paths: String(paths).split("\n") }),
    maySubmit: () => !change.isPending,
    submit: (body, answer) => {
      const onSuccess = (saved: HookView) => {
        form.reset(valuesOf(saved));
        toast.succeeded(t("saved"));
      };
      change.mutate({ ...body, paths: body.paths ?? [] }, { ...answer, onSuccess });
    },
  });
  const titles = (["auto", "github", "gitlab", "gitea", "off"] as const).map((value) => ({
    value,
    title: t(`statuses.${value}`),
  }));
  return (
    <Form form={form} className="flex flex-col gap-4 border-t pt-5">
      <Field
        name="enabled"
        label={t("enabled")}
        hint={t("enabledHint", { branch: hook.branch ?? t("defaultBranch") })}
      />
      <Field name="paths" as="lines" rows={3} label={t("paths")} hint={t("pathsHint")} placeholder={"apps/web/**"} />
      <Field name="statuses" label={t("statusesLabel")} hint={t("statusesHint")} options={titles} />
      <WrongFields />
      <Button type="submit" variant="primary" className="self-start" busy={change.isPending}>
        {t("save")}
      </Button>
    </Form>
  );
}

const TONES = { deployed: "succeeded", nothing: "neutral", refused: "warning", failed: "failed" } as const;

function Deliveries({ name }: { name: string }) {
  const t = useTranslations("hooks");
  const query = useInfiniteQuery(hookQueries.deliveries(name));
  return (
    <DeliveryCard
      title={t("deliveries")}
      query={query}
      deliveries={allItems(query.data)}
      empty={<EmptyState icon={Webhook} title={t("noneTitle")} text={t("noneText")} />}
    >
      {(delivery) => <Delivery key={delivery.id} name={name} delivery={delivery} />}
    </DeliveryCard>
  );
}

function Delivery({ name, delivery }: { name: string; delivery: DeliveryView }) {
  const t = useTranslations("hooks");
  const redelivery = useRedeliver(name);
  const reason = useReason(delivery);
  const { id, verdict, provider, event, ref, commit, deployment, receivedAt, canRedeliver } = delivery;
  const title = (
    <>
      {deployment && (
        <>
          <DeploymentLink deployment={deployment} />{" "}
        </>
      )}
      <bdi>{commit ? `${shortCommit(commit.id)} ${commit.message}` : ref || event}</bdi>
    </>
  );
  const text = (
    <>
      {[reason, provider && t(`providers.${provider}`)].filter(Boolean).join(" · ")}
      {" · "}
      <TimeAgo at={receivedAt} />
    </>
  );
  return (
    <DeliveryRow
      {...{ id, title, text }}
      state={t(`verdicts.${verdict}`)}
      tone={TONES[verdict]}
      redelivery={canRedeliver ? redelivery : null}
      told={(again: DeliveryView) => t(`verdicts.${again.verdict}`)}
    />
  );
}

const isReason = (code: string): code is DeliveryReason => DELIVERY_REASONS.some((reason) => reason === code);

/** Why a delivery did what it did: one of the hook's own reasons, or a problem of the deployment that it asked for. */
function useReason({ reason, params }: DeliveryView): string | null {
  const t = useTranslations("hooks.reasons");
  const sentence = useProblemSentence();
  if (reason === null) return null;
  if (isReason(reason)) return t(reason, { event: "", ref: "", wanted: "", number: 0, ...params });
  return sentence({ code: reason as ProblemCode, params });
}
