"use client";

import { useQuery } from "@tanstack/react-query";
import { LayoutTemplate, Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { Page, PageHeader } from "@/components/layout/page";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Link } from "@/components/ui/link";
import { ListPanel } from "@/components/ui/list-panel";
import { templateQueries } from "./queries";
import { TemplateCard } from "./template-card";

export function TemplateList() {
  const t = useTranslations("templates");
  const query = useQuery(templateQueries.list());
  const empty = (
    <Card>
      <EmptyState icon={LayoutTemplate} title={t("emptyTitle")} text={t("emptyText")} action={<NewTemplateButton />} />
    </Card>
  );
  return (
    <Page>
      <PageHeader
        title={t("title")}
        description={t("description")}
        actions={query.data && query.data.length > 0 && <NewTemplateButton />}
      />
      <ListPanel query={query} items={query.data} empty={empty}>
        {(templates) => (
          <ul className="grid grid-cols-[minmax(0,1fr)] gap-4">
            {templates.map((template) => (
              <li key={template.id}>
                <TemplateCard template={template} />
              </li>
            ))}
          </ul>
        )}
      </ListPanel>
    </Page>
  );
}

function NewTemplateButton() {
  const t = useTranslations("templates");
  if (!useCan()("template:write")) return null;
  return (
    <Button asChild variant="primary">
      <Link href="/templates/new">
        <Plus aria-hidden />
        {t("new")}
      </Link>
    </Button>
  );
}
