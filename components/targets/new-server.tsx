"use client";

import { useTranslations } from "next-intl";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { PageHeader } from "@/components/ui/page-header";
import { ServerForm } from "./server-form";

export function NewServer({ hasAgent }: { hasAgent: boolean }) {
  const t = useTranslations("serverForm");
  return (
    <Page>
      <Crumbs trail={[{ label: t("title") }]} />
      <PageHeader title={t("title")} description={t("description")} />
      <ServerForm hasAgent={hasAgent} />
    </Page>
  );
}
