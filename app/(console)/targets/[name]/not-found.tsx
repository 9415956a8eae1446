"use client";

import { Server } from "lucide-react";
import { useTranslations } from "next-intl";
import { MissingPage } from "@/components/layout/missing-page";

export default function TargetNotFound() {
  const t = useTranslations();
  return (
    <MissingPage
      icon={Server}
      title={t("targets.notFoundTitle")}
      text={t("targets.notFoundText")}
      list={{ href: "/targets", label: t("navigation.targets") }}
    />
  );
}
