"use client";

import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import { useChangeEnvironment } from "./queries";

interface Props {
  service: string;
  name: string;
  onOpenChange: (isOpen: boolean) => void;
}

export function RemoveVariable({ service, name, onOpenChange }: Props) {
  const t = useTranslations("environment");
  const sentence = useProblemSentence();
  const change = useChangeEnvironment(service);
  const confirm = () =>
    change.mutate(
      { unset: [name] },
      {
        onSuccess: () => {
          onOpenChange(false);
          toast.succeeded(t("removed", { name }));
        },
      },
    );
  return (
    <ConfirmDialog
      danger
      open
      onOpenChange={onOpenChange}
      title={t("removeTitle", { name })}
      description={t("removeText")}
      action={t("remove")}
      busy={change.isPending}
      error={change.error ? sentence(change.error) : undefined}
      onConfirm={confirm}
    />
  );
}
