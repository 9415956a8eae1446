"use client";

import { Boxes } from "lucide-react";
import { useTranslations } from "next-intl";
import { MissingPage } from "@/components/layout/missing-page";

export default function ServiceNotFound() {
  const t = useTranslations();
  return (
    <MissingPage
      icon={Boxes}
      title={t("services.notFoundTitle")}
      text={t("services.notFoundText")}
      list={{ href: "/services", label: t("navigation.services") }}
    />
  );
}
