"use client";

import { CloudOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "./button";
import { EmptyState } from "./empty-state";

/** The error as a sentence, and the one action for it. */
export function ErrorPanel({ error, retry }: { error: unknown; retry?: () => unknown }) {
  const t = useTranslations("common");
  const sentence = useProblemSentence();
  return (
    <div role="alert">
      <EmptyState
        icon={CloudOff}
        title={t("couldNotLoad")}
        text={sentence(error)}
        action={retry && <Button onClick={() => retry()}>{t("tryAgain")}</Button>}
      />
    </div>
  );
}
