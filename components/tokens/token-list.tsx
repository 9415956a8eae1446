"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { Page } from "@/components/layout/page";
import { useViewer } from "@/components/layout/viewer";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { PageHeader } from "@/components/ui/page-header";
import { Table, TableHead } from "@/components/ui/table";
import { NewToken } from "./new-token";
import { tokenQueries } from "./queries";
import { TokenRow } from "./token-row";

export function TokenList() {
  const t = useTranslations("tokens");
  const query = useInfiniteQuery(tokenQueries.list());
  const showsOwners = useViewer().role === "admin";
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={<NewToken />} />
      <Card flush>
        <ListPanel
          query={query}
          items={allItems(query.data)}
          empty={<EmptyState icon={KeyRound} title={t("emptyTitle")} text={t("emptyText")} action={<NewToken />} />}
        >
          {(tokens) => (
            <Table label={t("title")}>
              <thead>
                <tr>
                  <TableHead>{t("name")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("role")}</TableHead>
                  {showsOwners && <TableHead className="@max-3xl/page:hidden">{t("owner")}</TableHead>}
                  <TableHead className="@max-3xl/page:hidden">{t("lastUsed")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("expires")}</TableHead>
                  <TableHead>
                    <span className="sr-only">{t("actions")}</span>
                  </TableHead>
                </tr>
              </thead>
              <tbody>
                {tokens.map((token) => (
                  <TokenRow key={token.id} token={token} showsOwner={showsOwners} />
                ))}
              </tbody>
            </Table>
          )}
        </ListPanel>
      </Card>
    </Page>
  );
}
