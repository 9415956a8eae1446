"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Radio } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { Page } from "@/components/layout/page";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { PageHeader } from "@/components/ui/page-header";
import { Table, TableHead } from "@/components/ui/table";
import { registrationQueries } from "./queries";
import { RegistrationRow } from "./registration-row";

export function RegistrationList() {
  const t = useTranslations("registrations");
  const query = useInfiniteQuery(registrationQueries.list());
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} />
      <Card flush className="overflow-hidden">
        <ListPanel
          query={query}
          items={allItems(query.data)}
          empty={<EmptyState icon={Radio} title={t("emptyTitle")} text={t("emptyText")} />}
        >
          {(registrations) => (
            <Table label={t("title")}>
              <thead>
                <tr>
                  <TableHead>{t("name")}</TableHead>
                  <TableHead>{t("state")}</TableHead>
                  <TableHead className="@max-3xl/page:hidden">{t("endpoint")}</TableHead>
                  <TableHead className="@max-4xl/page:hidden">{t("registry")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("announced")}</TableHead>
                </tr>
              </thead>
              <tbody>
                {registrations.map((registration) => (
                  <RegistrationRow key={registration.id} registration={registration} />
                ))}
              </tbody>
            </Table>
          )}
        </ListPanel>
      </Card>
    </Page>
  );
}
