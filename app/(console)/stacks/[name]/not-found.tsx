"use client";

import { Layers } from "lucide-react";
import { useTranslations } from "next-intl";
import { MissingPage } from "@/components/layout/missing-page";

export default function StackNotFound() {
  const t = useTranslations();
  return (
    <MissingPage
      icon={Layers}
      title={t("stacks.notFoundTitle")}
      text={t("stacks.notFoundText")}
      list={{ href: "/stacks", label: t("navigation.stacks") }}
    />
  );
}
