"use client";

import { useTranslations } from "next-intl";
import { Crumbs } from "@/components/layout/crumbs";
import { Page, PageHeader } from "@/components/layout/page";
import { shapedBy, useSearchFilter } from "@/components/ui/use-search-filter";
import { Choice } from "./choice";
import { DokployForm } from "./dokploy-form";
import { NewTargetKind } from "./new-target-kind";
import { ServerForm } from "./server-form";

/** What kind it is comes first; the form is of that kind. */
export function NewTarget({ hasAgent }: { hasAgent: boolean }) {
  const t = useTranslations();
  const { filter, setFilter } = useSearchFilter(shapedBy(NewTargetKind));
  return (
    <Page>
      <Crumbs trail={[{ label: t("serverForm.title") }]} />
      <PageHeader title={t("serverForm.title")} description={t("dokploy.kindText")} />
      <div className="mb-4 [&>div]:@lg/page:grid-cols-2">
        <Choice
          label={t("dokploy.kindText")}
          value={filter.kind}
          onChange={(kind) => setFilter({ kind })}
          options={[
            { value: "ssh", title: t("dokploy.kinds.ssh"), text: t("dokploy.kinds.sshText") },
            { value: "dokploy", title: t("dokploy.kinds.dokploy"), text: t("dokploy.kinds.dokployText") },
          ]}
        />
      </div>
      {filter.kind === "ssh" ? <ServerForm hasAgent={hasAgent} /> : <DokployForm />}
    </Page>
  );
}
