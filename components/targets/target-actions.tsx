"use client";

import { Activity } from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { ConfirmChange } from "@/components/forms/confirm-change";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { MOST_AT_ONCE, type TargetView } from "@/lib/contracts/target";
import { useChangeTarget, useCheckTarget } from "./queries";

export function CheckTarget({ name }: { name: string }) {
  const t = useTranslations("targets");
  const sentence = useProblemSentence();
  const check = useCheckTarget();
  const run = () =>
    check.mutate(name, {
      onSuccess: ({ lastCheck }) => {
        if (lastCheck?.ok) toast.succeeded(t("answered", { name }));
        else toast.failed(t("didNotAnswer", { name }));
      },
      onError: (error) => toast.failed(sentence(error)),
    });
  return (
    <Button busy={check.isPending} onClick={run}>
      <Activity aria-hidden />
      {t("checkNow")}
    </Button>
  );
}

export function DisableTarget({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  const change = useChangeTarget(target.name);
  const disables = target.disabledAt === null;
  const { name } = target;
  const action = t(disables ? "disable" : "enable");
  return (
    <ConfirmChange
      danger={disables}
      trigger={<Button variant="ghost">{action}</Button>}
      title={t(disables ? "disableTitle" : "enableTitle", { name })}
      description={t(disables ? "disableText" : "enableText")}
      action={action}
      change={change}
      input={{ disabled: disables }}
      onDone={() => toast.succeeded(t(disables ? "wasDisabled" : "wasEnabled", { name }))}
    />
  );
}

/** A choice is saved immediately. */
export function ConcurrencySelect({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  const sentence = useProblemSentence();
  const change = useChangeTarget(target.name);
  const choose = (concurrency: number) =>
    change.mutate(
      { concurrency },
      {
        onSuccess: () => toast.succeeded(t("concurrencySet", { name: target.name, count: concurrency })),
        onError: (error) => toast.failed(sentence(error)),
      },
    );
  return (
    <Select
      compact
      aria-label={t("concurrency")}
      value={change.isPending ? Number(change.variables.concurrency) : target.concurrency}
      disabled={change.isPending}
      onChange={(event) => choose(Number(event.target.value))}
    >
      {Array.from({ length: MOST_AT_ONCE }, (_, index) => index + 1).map((count) => (
        <option key={count} value={count}>
          {t("atOnce", { count })}
        </option>
      ))}
    </Select>
  );
}
