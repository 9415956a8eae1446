"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { RemovalSection } from "@/components/layout/removal-section";
import { toast } from "@/components/ui/toast";
import { useRemoveTarget } from "@/lib/client/targets";
import { useProblemSentence } from "@/lib/client/use-problem-sentence";
import type { TargetView } from "@/lib/contracts/target";

export function RemoveTarget({ target: { name, services } }: { target: TargetView }) {
  const t = useTranslations("targets");
  const router = useRouter();
  const sentence = useProblemSentence();
  return (
    <RemovalSection
      name={name}
      title={t("removeTitle")}
      text={t("removeText")}
      refusal={services > 0 ? t("removeRefused", { count: services }) : undefined}
      action={t("remove")}
      question={t("removeConfirm", { name })}
      done={t("wasRemoved", { name })}
      removal={useRemoveTarget(name)}
      onRemoved={({ left }) => {
        if (left) toast.failed(t("leftThere", { name, why: sentence(left) }));
        router.push("/targets");
      }}
    />
  );
}
