"use client";

import { Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import type { Orphan, OrphansRemoved } from "@/lib/contracts/drift";
import { useRemoveOrphans } from "./queries";

export function RemoveOrphans({ target, selected }: { target: string; selected: readonly Orphan[] }) {
  const t = useTranslations("orphans");
  const sentence = useProblemSentence();
  const [open, setOpen] = useState(false);
  const remove = useRemoveOrphans(target);
  const dataCount = selected.filter(({ isData }) => isData).length;
  const tell = ({ removed, kept }: OrphansRemoved) => {
    setOpen(false);
    if (removed.length > 0) toast.succeeded(t("removed", { count: removed.length }));
    const reasons = [...new Set(kept.map(({ problem }) => problem.detail ?? sentence(problem)))];
    if (kept.length > 0) toast.failed(`${t("kept", { count: kept.length })} ${reasons.join(" ")}`);
  };
  return (
    <ConfirmDialog
      danger
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button disabled={selected.length === 0}>
          <Trash2 aria-hidden />
          {t("remove")}
        </Button>
      }
      title={t("removeTitle", { count: selected.length, target })}
      description={t("removeText")}
      action={t("remove")}
      busy={remove.isPending}
      error={remove.error ? sentence(remove.error) : undefined}
      onConfirm={() => remove.mutate({ ids: selected.map(({ id }) => id) }, { onSuccess: tell })}
    >
      {dataCount > 0 && <p className="font-medium text-failed">{t("removeDataText", { count: dataCount })}</p>}
    </ConfirmDialog>
  );
}
