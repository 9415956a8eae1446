"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import { useRemoveTemplate } from "@/lib/client/templates";
import { useProblemSentence } from "@/lib/client/use-problem-sentence";
import type { TemplateView } from "@/lib/contracts/template";

export function RemoveTemplate({ template: { name, stacks } }: { template: TemplateView }) {
  const t = useTranslations("templates");
  const router = useRouter();
  const sentence = useProblemSentence();
  const [isOpen, setOpen] = useState(false);
  const remove = useRemoveTemplate(name);
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        setOpen(false);
        toast.succeeded(t("wasRemoved", { name }));
        router.push("/templates");
      },
    });
  return (
    <section className="flex flex-wrap items-center gap-x-6 gap-y-3 rounded-lg border border-failed/40 bg-surface px-4 py-4 sm:px-6">
      <div className="min-w-0 flex-1 basis-72">
        <h2 className="font-medium">{t("removeTitle")}</h2>
        <p className="text-pretty text-muted text-sm">
          {stacks > 0 ? t("removeRefused", { count: stacks }) : t("removeText")}
        </p>
      </div>
      <ConfirmDialog
        danger
        open={isOpen}
        onOpenChange={setOpen}
        trigger={
          <Button className="text-failed" disabled={stacks > 0}>
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
