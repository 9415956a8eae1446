"use client";

import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Select } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { MOST_AT_ONCE, type TargetView } from "@/lib/contracts/target";
import { useChangeTarget } from "./queries";

/** Saved as it is chosen. */
export function ConcurrencySelect({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  const sentence = useProblemSentence();
  const change = useChangeTarget(target.name);
  const choose = (concurrency: number) =>
    change.mutate(
      { concurrency },
      {
        onSuccess: () => toast.succeeded(t("concurrencySet", { name: target.name, count: concurrency })),
        onError: (error) => toast.failed(sentence(error)),
      },
    );
  return (
    <Select
      compact
      aria-label={t("concurrency")}
      value={change.isPending ? Number(change.variables.concurrency) : target.concurrency}
      disabled={change.isPending}
      onChange={(event) => choose(Number(event.target.value))}
    >
      {Array.from({ length: MOST_AT_ONCE }, (_, index) => index + 1).map((count) => (
        <option key={count} value={count}>
          {t("atOnce", { count })}
        </option>
      ))}
    </Select>
  );
}
