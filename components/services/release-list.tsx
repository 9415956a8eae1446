"use client";

import { useQuery } from "@tanstack/react-query";
import { Package } from "lucide-react";
import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { Table, TableHead } from "@/components/ui/table";
import { CompareReleases } from "./compare-releases";
import { releaseQueries } from "./queries";
import { ReleaseRow } from "./release-row";
import { useService } from "./use-service";

export function ReleaseList({ name }: { name: string }) {
  const t = useTranslations("releases");
  const service = useService(name);
  const query = useQuery(releaseQueries.list(name));
  const can = useCan();
  if (!service) return null;
  const mayRollBack = can("deployment:create", { ownerId: service.owner.id });
  return (
    <Card flush className="overflow-hidden">
      <ListPanel
        query={query}
        items={query.data}
        empty={<EmptyState icon={Package} title={t("emptyTitle")} text={t("emptyText")} />}
      >
        {(releases) => (
          <>
            <div className="flex justify-end border-b px-3 py-2 empty:hidden">
              <CompareReleases name={name} releases={releases} />
            </div>
            <Table label={t("title")}>
              <thead>
                <tr>
                  <TableHead>{t("release")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("made")}</TableHead>
                  <TableHead className="@max-3xl/page:hidden">{t("lastServed")}</TableHead>
                  <TableHead className="@max-3xl/page:hidden">{t("environment")}</TableHead>
                  <TableHead>{t("wayBack")}</TableHead>
                </tr>
              </thead>
              <tbody>
                {releases.map((release) => (
                  <ReleaseRow key={release.id} serviceName={name} release={release} mayRollBack={mayRollBack} />
                ))}
              </tbody>
            </Table>
          </>
        )}
      </ListPanel>
    </Card>
  );
}
