"use client";

import { useTranslations } from "next-intl";
import * as z from "zod";
import { Choice } from "@/components/forms/choice";
import { Crumbs } from "@/components/layout/crumbs";
import { Page, PageHeader } from "@/components/layout/page";
import { shapedBy, useSearchFilter } from "@/components/ui/use-search-filter";
import type { TargetView } from "@/lib/contracts/target";
import { TARGET_KINDS } from "./kinds";

const ADDED = ["ssh", "dokploy"] as const;
/** The kind of the new target: part of the page's address. */
const NewTargetKind = z.object({ kind: z.enum(ADDED).catch("ssh") });

/** The kind comes first; it determines the form. */
export function NewTarget({ hasAgent }: { hasAgent: boolean }) {
  const t = useTranslations();
  const { filter, setFilter } = useSearchFilter(shapedBy(NewTargetKind));
  const { Form } = TARGET_KINDS[filter.kind];
  return (
    <Page>
      <Crumbs trail={[{ label: t("serverForm.title") }]} />
      <PageHeader title={t("serverForm.title")} description={t("dokploy.kindText")} />
      <div className="mb-4 [&>div]:@lg/page:grid-cols-2">
        <Choice
          label={t("dokploy.kindText")}
          value={filter.kind}
          onChange={(kind) => setFilter({ kind })}
          options={ADDED.map((kind) => ({
            value: kind,
            title: t(`dokploy.kinds.${kind}`),
            text: t(`dokploy.kinds.${kind}Text`),
          }))}
        />
      </div>
      {Form && <Form hasAgent={hasAgent} />}
    </Page>
  );
}

export function EditTarget({ target, hasAgent }: { target: TargetView; hasAgent: boolean }) {
  const t = useTranslations("serverForm");
  const { name } = target;
  const { Form } = TARGET_KINDS[target.kind];
  return (
    <Page>
      <Crumbs trail={[{ label: name, href: `/targets/${encodeURIComponent(name)}` }, { label: t("editCrumb") }]} />
      <PageHeader title={t("editTitle", { name })} description={t("editText")} />
      {Form && <Form target={target} hasAgent={hasAgent} />}
    </Page>
  );
}
