"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import { useRemoveService } from "@/lib/client/services";
import { useProblemSentence } from "@/lib/client/use-problem-sentence";
import type { ServiceDetail } from "@/lib/contracts/service";

/** The one act that cannot be gone back on: its name has to be typed. */
export function RemoveService({ service: { name, target } }: { service: ServiceDetail }) {
  const t = useTranslations("service");
  const router = useRouter();
  const sentence = useProblemSentence();
  const [isOpen, setOpen] = useState(false);
  const remove = useRemoveService(name);
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: ({ id }) => {
        setOpen(false);
        toast.succeeded(t("removing", { name }));
        router.push(`/deployments/${id}`);
      },
    });
  return (
    <section className="flex flex-wrap items-center gap-x-6 gap-y-3 rounded-lg border border-failed/40 bg-surface px-4 py-4 sm:px-6">
      <div className="min-w-0 flex-1 basis-72">
        <h2 className="font-medium">{t("removeTitle")}</h2>
        <p className="text-muted text-sm">{t("removeText", { target: target.name })}</p>
      </div>
      <ConfirmDialog
        danger
        open={isOpen}
        onOpenChange={setOpen}
        trigger={<Button className="text-failed">{t("remove")}</Button>}
        title={t("removeConfirm", { name })}
        description={t("removeText", { target: target.name })}
        typed={name}
        action={t("remove")}
        busy={remove.isPending}
        error={remove.error ? sentence(remove.error) : undefined}
        onConfirm={confirm}
      />
    </section>
  );
}
