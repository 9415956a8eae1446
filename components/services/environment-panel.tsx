"use client";

import { useQuery } from "@tanstack/react-query";
import { Braces } from "lucide-react";
import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Table, TableHead } from "@/components/ui/table";
import { AddVariables } from "./add-variables";
import { EnvironmentRow } from "./environment-row";
import { NextDeployment } from "./next-deployment";
import { releaseQueries } from "./queries";
import { useService } from "./use-service";

/** Names, and who changed which when. Values stay on the server until one is asked for. */
export function EnvironmentPanel({ name }: { name: string }) {
  const t = useTranslations("environment");
  const service = useService(name);
  const current = useQuery(releaseQueries.list(name)).data?.find((release) => release.current);
  const can = useCan();
  if (!service) return null;
  const owner = { ownerId: service.owner.id };
  const mayChange = can("environment:update", owner);
  // A stack's values are its template's.
  const mayReveal = can("environment:reveal", owner) && (service.driver !== "dokploy" || can("template:write"));
  const add = mayChange && <AddVariables service={name} known={service.environment.map((entry) => entry.name)} />;
  const isWaiting = current !== undefined && current.environmentRevision !== service.environmentRevision;
  return (
    <>
      {mayChange && service.environment.length + (current?.environmentRevision ?? 0) > 0 && (
        <NextDeployment service={service} isWaiting={isWaiting} />
      )}
      <Card flush title={t("title")} description={t("text")} actions={add} className="overflow-hidden">
        {service.environment.length === 0 ? (
          <EmptyState icon={Braces} title={t("emptyTitle")} text={t("emptyText")} />
        ) : (
          <Table label={t("title")}>
            <thead>
              <tr>
                <TableHead>{t("name")}</TableHead>
                <TableHead className="w-2/5">{t("value")}</TableHead>
                <TableHead className="@max-3xl/page:hidden">{t("changed")}</TableHead>
                {mayChange && (
                  <TableHead>
                    <span className="sr-only">{t("actions")}</span>
                  </TableHead>
                )}
              </tr>
            </thead>
            <tbody>
              {service.environment.map((entry) => (
                <EnvironmentRow
                  key={`${entry.name} ${entry.revision}`}
                  service={name}
                  entry={entry}
                  mayReveal={mayReveal}
                  mayChange={mayChange}
                />
              ))}
            </tbody>
          </Table>
        )}
      </Card>
    </>
  );
}
