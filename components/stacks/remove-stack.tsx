"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Checkbox } from "@/components/ui/checkbox";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Field } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { useRemoveStack } from "./queries";

/** The name has to be typed. Stored data is kept unless its removal is chosen. */
export function RemoveStack({ name, trigger }: { name: string; trigger: ReactNode }) {
  const t = useTranslations("stacks");
  const router = useRouter();
  const sentence = useProblemSentence();
  const [isOpen, setOpen] = useState(false);
  const [volumes, setVolumes] = useState(false);
  const remove = useRemoveStack(name);
  const confirm = () =>
    remove.mutate(
      { volumes },
      {
        onSuccess: ({ deploymentId }) => {
          setOpen(false);
          toast.succeeded(t("removing", { name }));
          router.push(`/deployments/${deploymentId}`);
        },
      },
    );
  const open = (opens: boolean) => {
    setOpen(opens);
    setVolumes(false);
    remove.reset();
  };
  return (
    <ConfirmDialog
      danger
      open={isOpen}
      onOpenChange={open}
      trigger={trigger}
      title={t("removeTitle", { name })}
      description={t("removeText")}
      typed={name}
      action={t(volumes ? "removeWithData" : "removeStack")}
      busy={remove.isPending}
      error={remove.error ? sentence(remove.error) : undefined}
      onConfirm={confirm}
    >
      <div className={volumes ? "rounded-md border border-failed/40 p-3" : "rounded-md border p-3"}>
        <Field inline label={t("removeData")} hint={t(volumes ? "dataGoes" : "dataStays")}>
          <Checkbox checked={volumes} onCheckedChange={(checked) => setVolumes(checked === true)} />
        </Field>
      </div>
    </ConfirmDialog>
  );
}
