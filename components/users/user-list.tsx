"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { ShieldCheck, UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { Page, PageHeader } from "@/components/layout/page";
import { useCan, useViewer } from "@/components/layout/viewer";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { TimeAgo } from "@/components/ui/time";
import type { UserView } from "@/lib/contracts/user";
import { UnlinkedAccounts } from "./accounts";
import { userQueries } from "./queries";
import { NewUser } from "./user-form";
import { UserMenu } from "./user-menu";

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

interface Props {
  user: UserView;
  mayChange: boolean;
  isLastAdmin: boolean;
}

function UserRow({ user, mayChange, isLastAdmin }: Props) {
  const t = useTranslations();
  const isViewer = useViewer().id === user.id;
  return (
    <TableRow>
      <TableCell className={cn(user.disabledAt && "text-faint")}>
        <span className="flex flex-wrap items-center gap-2">
          <bdi className="font-medium">{user.name}</bdi>
          {isViewer && <Badge>{t("users.you")}</Badge>}
          {user.disabledAt && <Badge tone="outline">{t("users.disabled")}</Badge>}
          {user.secondFactor && (
            <ShieldCheck role="img" aria-label={t("users.secondFactorOn")} className="size-4 text-succeeded" />
          )}
          {!user.secondFactor && user.secondFactorRequired && (
            <Badge tone="warning">{t("users.secondFactorRequired")}</Badge>
          )}
        </span>
        <bdi className="block text-faint text-sm">{user.email}</bdi>
        <span className="block text-muted text-sm @lg/page:hidden">{t(`roles.${user.role}`)}</span>
      </TableCell>
      <TableCell className="@max-lg/page:hidden">{t(`roles.${user.role}`)}</TableCell>
      <TableCell className="text-muted @max-3xl/page:hidden">
        {user.lastSignInAt ? <TimeAgo at={user.lastSignInAt} /> : t("users.neverSignedIn")}
      </TableCell>
      <TableCell className="text-muted @max-3xl/page:hidden">
        <TimeAgo at={user.createdAt} />
      </TableCell>
      {mayChange && (
        <TableCell className="text-end">
          <UserMenu user={user} isLastAdmin={isLastAdmin} />
        </TableCell>
      )}
    </TableRow>
  );
}

/** The only admin, who cannot be demoted or disabled. Known only if the page has all users; else the server refuses. */
export function lastAdminId(
  users: readonly Pick<UserView, "id" | "role" | "disabledAt">[],
  isComplete: boolean,
): string | undefined {
  const admins = users.filter(({ role, disabledAt }) => role === "admin" && disabledAt === null);
  return isComplete && admins.length === 1 ? admins[0]?.id : undefined;
}
