"use client";

import { useTranslations } from "next-intl";
import { Crumbs } from "@/components/layout/crumbs";
import { Page, PageHeader } from "@/components/layout/page";
import type { TargetView } from "@/lib/contracts/target";
import { DokployForm } from "./dokploy-form";
import { ServerForm } from "./server-form";

export function EditServer({ target, hasAgent }: { target: TargetView; hasAgent: boolean }) {
  const t = useTranslations("serverForm");
  const { name } = target;
  return (
    <Page>
      <Crumbs trail={[{ label: name, href: `/targets/${encodeURIComponent(name)}` }, { label: t("editCrumb") }]} />
      <PageHeader title={t("editTitle", { name })} description={t("editText")} />
      {target.dokploy ? <DokployForm target={target} /> : <ServerForm target={target} hasAgent={hasAgent} />}
    </Page>
  );
}
