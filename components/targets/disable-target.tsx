"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import type { TargetView } from "@/lib/contracts/target";
import { useChangeTarget } from "./queries";

export function DisableTarget({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  const sentence = useProblemSentence();
  const [open, setOpen] = useState(false);
  const change = useChangeTarget(target.name);
  const disables = target.disabledAt === null;
  const { name } = target;
  const action = t(disables ? "disable" : "enable");
  const confirm = () =>
    change.mutate(
      { disabled: disables },
      {
        onSuccess: () => {
          setOpen(false);
          toast.succeeded(t(disables ? "wasDisabled" : "wasEnabled", { name }));
        },
      },
    );
  return (
    <ConfirmDialog
      danger={disables}
      open={open}
      onOpenChange={setOpen}
      trigger={<Button variant="ghost">{action}</Button>}
      title={t(disables ? "disableTitle" : "enableTitle", { name })}
      description={t(disables ? "disableText" : "enableText")}
      action={action}
      busy={change.isPending}
      error={change.error ? sentence(change.error) : undefined}
      onConfirm={confirm}
    />
  );
}
