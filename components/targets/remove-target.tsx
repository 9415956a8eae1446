"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import { useRemoveTarget } from "@/lib/client/targets";
import { useProblemSentence } from "@/lib/client/use-problem-sentence";
import type { TargetView } from "@/lib/contracts/target";

export function RemoveTarget({ target: { name, services } }: { target: TargetView }) {
  const t = useTranslations("targets");
  const router = useRouter();
  const sentence = useProblemSentence();
  const [isOpen, setOpen] = useState(false);
  const remove = useRemoveTarget(name);
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        setOpen(false);
        toast.succeeded(t("wasRemoved", { name }));
        router.push("/targets");
      },
    });
  return (
    <section className="flex flex-wrap items-center gap-x-6 gap-y-3 rounded-lg border border-failed/40 bg-surface px-4 py-4">
      <div className="min-w-0 flex-1 basis-72">
        <h2 className="font-medium">{t("removeTitle")}</h2>
        <p className="text-pretty text-muted text-sm">
          {services > 0 ? t("removeRefused", { count: services }) : t("removeText")}
        </p>
      </div>
      <ConfirmDialog
        danger
        open={isOpen}
        onOpenChange={setOpen}
        trigger={
          <Button className="text-failed" disabled={services > 0}>
            {t("remove")}
          </Button>
        }
        title={t("removeConfirm", { name })}
        description={t("removeText")}
        typed={name}
        action={t("remove")}
        busy={remove.isPending}
        error={remove.error ? sentence(remove.error) : undefined}
        onConfirm={confirm}
      />
    </section>
  );
}
