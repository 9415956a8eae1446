"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { RemovalSection } from "@/components/layout/removal-section";
import type { TemplateView } from "@/lib/contracts/template";
import { useRemoveTemplate } from "./queries";

export function RemoveTemplate({ template: { name, stacks } }: { template: TemplateView }) {
  const t = useTranslations("templates");
  const router = useRouter();
  return (
    <RemovalSection
      name={name}
      title={t("removeTitle")}
      text={t("removeText")}
      refusal={stacks > 0 ? t("removeRefused", { count: stacks }) : undefined}
      action={t("remove")}
      question={t("removeConfirm", { name })}
      done={t("wasRemoved", { name })}
      removal={useRemoveTemplate(name)}
      onRemoved={() => router.push("/templates")}
    />
  );
}
