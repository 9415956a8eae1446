"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { RemovalSection } from "@/components/layout/removal-section";
import { toast } from "@/components/ui/toast";
import type { TargetView } from "@/lib/contracts/target";
import { useRemoveTarget } from "./queries";

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
