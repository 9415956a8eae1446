"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { Page } from "@/components/layout/page";
import { useCan } from "@/components/layout/viewer";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { PageHeader } from "@/components/ui/page-header";
import { Table, TableHead } from "@/components/ui/table";
import { lastAdminId } from "./last-admin";
import { NewUser } from "./new-user";
import { userQueries } from "./queries";
import { UnlinkedAccounts } from "./unlinked-accounts";
import { UserRow } from "./user-row";

export function UserList() {
  const t = useTranslations("users");
  const query = useInfiniteQuery(userQueries.list());
  const mayChange = useCan()("user:write");
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={mayChange && <NewUser />} />
      <Card flush>
        <ListPanel
          query={query}
          items={allItems(query.data)}
          empty={<EmptyState icon={UserPlus} title={t("emptyTitle")} action={mayChange && <NewUser />} />}
        >
          {(users) => (
            <Table label={t("title")}>
              <thead>
                <tr>
                  <TableHead>{t("name")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("role")}</TableHead>
                  <TableHead className="@max-3xl/page:hidden">{t("lastSignIn")}</TableHead>
                  <TableHead className="@max-3xl/page:hidden">{t("added")}</TableHead>
                  {mayChange && (
                    <TableHead>
                      <span className="sr-only">{t("actions")}</span>
                    </TableHead>
                  )}
                </tr>
              </thead>
              <tbody>
                {users.map((user) => (
                  <UserRow
                    key={user.id}
                    user={user}
                    mayChange={mayChange}
                    isLastAdmin={lastAdminId(users, !query.hasNextPage) === user.id}
                  />
                ))}
              </tbody>
            </Table>
          )}
        </ListPanel>
      </Card>
      {mayChange && <UnlinkedAccounts users={allItems(query.data) ?? []} />}
    </Page>
  );
}
