"use client";

import { useQuery } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { useTranslations } from "next-intl";
import { Page } from "@/components/layout/page";
import { useCan } from "@/components/layout/viewer";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { PageHeader } from "@/components/ui/page-header";
import { Table, TableHead } from "@/components/ui/table";
import { BackUpNow } from "./back-up-now";
import { BackupPlanNotes } from "./backup-plan-notes";
import { BackupRow } from "./backup-row";
import { backupQueries, isUnderWay } from "./queries";

export function BackupList() {
  const t = useTranslations("backups");
  const query = useQuery(backupQueries.list());
  const mayAsk = useCan()("backup:create");
  const now = mayAsk && <BackUpNow busy={query.data !== undefined && isUnderWay(query.data)} />;
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={now} />
      {query.data && <BackupPlanNotes plan={query.data.plan} />}
      <Card flush>
        <ListPanel
          query={query}
          items={query.data?.items}
          empty={<EmptyState icon={Archive} title={t("emptyTitle")} text={t("emptyText")} action={now} />}
        >
          {(backups) => (
            <Table label={t("title")}>
              <thead>
                <tr>
                  <TableHead>{t("name")}</TableHead>
                  <TableHead>{t("state")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("made")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("size")}</TableHead>
                  <TableHead>{t("proof")}</TableHead>
                  <TableHead className="@max-4xl/page:hidden">{t("contents")}</TableHead>
                </tr>
              </thead>
              <tbody>
                {backups.map((backup) => (
                  <BackupRow key={backup.id} backup={backup} />
                ))}
              </tbody>
            </Table>
          )}
        </ListPanel>
      </Card>
    </Page>
  );
}
