"use client";

import { Rocket } from "lucide-react";
import { useTranslations } from "next-intl";
import { MissingPage } from "@/components/layout/missing-page";

export default function DeploymentNotFound() {
  const t = useTranslations();
  return (
    <MissingPage
      icon={Rocket}
      title={t("errors.deploymentNotFoundTitle")}
      text={t("errors.deploymentNotFoundText")}
      list={{ href: "/deployments", label: t("navigation.deployments") }}
    />
  );
}
