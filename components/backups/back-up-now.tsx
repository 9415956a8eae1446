"use client";

import { Archive } from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { useRequestBackup } from "./queries";

/** `busy`: one is being made, and another would be refused. */
export function BackUpNow({ busy }: { busy: boolean }) {
  const t = useTranslations("backups");
  const sentence = useProblemSentence();
  const request = useRequestBackup();
  const ask = () =>
    request.mutate(undefined, {
      onSuccess: ({ name }) => toast.succeeded(t("asked", { name })),
      onError: (error) => toast.failed(sentence(error)),
    });
  return (
    <Button variant="primary" busy={busy || request.isPending} onClick={ask}>
      <Archive aria-hidden />
      {t("now")}
    </Button>
  );
}
