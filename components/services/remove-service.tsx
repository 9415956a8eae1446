"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { RemovalSection } from "@/components/layout/removal-section";
import type { ServiceDetail } from "@/lib/contracts/service";
import { useRemoveService } from "./queries";

export function RemoveService({ service: { name, target } }: { service: ServiceDetail }) {
  const t = useTranslations("service");
  const router = useRouter();
  return (
    <RemovalSection
      name={name}
      title={t("removeTitle")}
      text={t("removeText", { target: target.name })}
      action={t("remove")}
      question={t("removeConfirm", { name })}
      done={t("removing", { name })}
      removal={useRemoveService(name)}
      onRemoved={({ id }) => router.push(`/deployments/${id}`)}
    />
  );
}
