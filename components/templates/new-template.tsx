"use client";

import { useTranslations } from "next-intl";
import { Crumbs } from "@/components/layout/crumbs";
import { Page, PageHeader } from "@/components/layout/page";
import { TemplateForm } from "./template-form";

export function NewTemplate() {
  const t = useTranslations("templateForm");
  return (
    <Page>
      <Crumbs trail={[{ label: t("newTitle") }]} />
      <PageHeader title={t("newTitle")} description={t("newText")} />
      <TemplateForm />
    </Page>
  );
}
