"use client";

import { LayoutTemplate } from "lucide-react";
import { useTranslations } from "next-intl";
import { MissingPage } from "@/components/layout/missing-page";

export default function TemplateNotFound() {
  const t = useTranslations();
  return (
    <MissingPage
      icon={LayoutTemplate}
      title={t("templates.notFoundTitle")}
      text={t("templates.notFoundText")}
      list={{ href: "/templates", label: t("navigation.templates") }}
    />
  );
}
