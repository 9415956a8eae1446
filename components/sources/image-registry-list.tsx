"use client";

import { useQuery } from "@tanstack/react-query";
import { Container } from "lucide-react";
import { useTranslations } from "next-intl";
import { Page, PageHeader } from "@/components/layout/page";
import { useCan } from "@/components/layout/viewer";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { TimeAgo } from "@/components/ui/time";
import type { ImageRegistryView } from "@/lib/contracts/image-registry";
import { ImageRegistryMenu } from "./image-registry-menu";
import { NewImageRegistry } from "./new-image-registry";
import { imageRegistryQueries } from "./queries";

export function ImageRegistryList() {
  const t = useTranslations("imageRegistries");
  const query = useQuery(imageRegistryQueries.list());
  const mayChange = useCan()("image-registry:write");
  const add = mayChange && <NewImageRegistry />;
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={add} />
      <Card flush>
        <ListPanel
          query={query}
          items={query.data}
          empty={<EmptyState icon={Container} title={t("emptyTitle")} text={t("emptyText")} action={add} />}
        >
          {(registries) => (
            <Table label={t("title")}>
              <thead>
                <tr>
                  <TableHead>{t("host")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("username")}</TableHead>
                  <TableHead className="@max-3xl/page:hidden">{t("changed")}</TableHead>
                  {mayChange && (
                    <TableHead>
                      <span className="sr-only">{t("actions")}</span>
                    </TableHead>
                  )}
                </tr>
              </thead>
              <tbody>
                {registries.map((registry) => (
                  <ImageRegistryRow key={registry.id} registry={registry} mayChange={mayChange} />
                ))}
              </tbody>
            </Table>
          )}
        </ListPanel>
      </Card>
    </Page>
  );
}

function ImageRegistryRow({ registry, mayChange }: { registry: ImageRegistryView; mayChange: boolean }) {
  const { host, username, updatedAt } = registry;
  return (
    <TableRow>
      <TableCell>
        <bdi className="figures font-medium">{host}</bdi>
        <span className="block text-muted text-sm @lg/page:hidden">
          <bdi>{username}</bdi>
        </span>
      </TableCell>
      <TableCell className="@max-lg/page:hidden">
        <bdi>{username}</bdi>
      </TableCell>
      <TableCell className="text-muted @max-3xl/page:hidden">
        <TimeAgo at={updatedAt} />
      </TableCell>
      {mayChange && (
        <TableCell className="text-end">
          <ImageRegistryMenu registry={registry} />
        </TableCell>
      )}
    </TableRow>
  );
}
