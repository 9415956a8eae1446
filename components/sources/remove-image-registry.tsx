"use client";

import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import type { ImageRegistryView } from "@/lib/contracts/image-registry";
import { useRemoveImageRegistry } from "./queries";

interface Props {
  registry: ImageRegistryView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function RemoveImageRegistry({ registry: { id, host }, open, onOpenChange }: Props) {
  const t = useTranslations("imageRegistries");
  const sentence = useProblemSentence();
  const remove = useRemoveImageRegistry();
  const onSuccess = () => {
    onOpenChange(false);
    toast.succeeded(t("wasRemoved", { host }));
  };
  return (
    <ConfirmDialog
      danger
      open={open}
      onOpenChange={onOpenChange}
      title={t("removeTitle", { host })}
      description={t("removeText")}
      action={t("remove")}
      busy={remove.isPending}
      error={remove.error ? sentence(remove.error) : undefined}
      onConfirm={() => remove.mutate(id, { onSuccess })}
    />
  );
}
