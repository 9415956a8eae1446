"use client";

import { Activity } from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { useCheckTarget } from "./queries";

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
