"use client";

import { ShieldQuestion } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { FormProblem } from "@/components/ui/form-problem";
import { toast } from "@/components/ui/toast";
import { useChangeTarget, useReadHostKey } from "@/lib/client/targets";
import { useProblemSentence } from "@/lib/client/use-problem-sentence";
import type { TargetView } from "@/lib/contracts/target";
import { Fingerprint } from "./fingerprint";
import { hostKeyRequestOf, valuesOfServer } from "./server-values";

/** For a server whose key is unconfirmed, or that now shows another key. */
export function ConfirmHostKey({ target }: { target: TargetView }) {
  const t = useTranslations();
  const sentence = useProblemSentence();
  const [isOpen, setOpen] = useState(false);
  const [isSame, setSame] = useState<boolean | null>(null);
  const read = useReadHostKey();
  const change = useChangeTarget(target.name);
  const { mutate: ask, data: shown } = read;
  useEffect(() => {
    if (isOpen) ask(hostKeyRequestOf(valuesOfServer(target), target.name));
  }, [isOpen, ask, target]);
  const confirm = () =>
    change.mutate(
      { hostKey: shown?.line },
      {
        onSuccess: () => {
          setOpen(false);
          toast.succeeded(t("targets.keyConfirmed", { name: target.name }));
        },
      },
    );
  return (
    <ConfirmDialog
      wide
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button>
          <ShieldQuestion aria-hidden />
          {t("targets.compareKey")}
        </Button>
      }
      title={t("targets.confirmTitle", { name: target.name })}
      description={t("serverForm.steps.hostKey.text")}
      action={t("serverForm.confirm")}
      busy={change.isPending}
      disabled={!shown || isSame === false}
      error={change.error ? sentence(change.error) : undefined}
      onConfirm={confirm}
    >
      {read.isPending && <p className="breathe text-muted">{t("serverForm.reading")}</p>}
      <FormProblem error={read.error} />
      {shown && (
        <Fingerprint
          key={shown.line}
          host={target.ssh?.host ?? target.name}
          hostKey={shown}
          before={target.ssh?.hostKey?.line === shown.line ? null : target.ssh?.hostKey}
          onCompared={setSame}
        />
      )}
    </ConfirmDialog>
  );
}
