"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useFormatter, useNow, useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { ConfirmChange } from "@/components/forms/confirm-change";
import { Page, PageHeader } from "@/components/layout/page";
import { useCan, useViewer } from "@/components/layout/viewer";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import type { TokenView } from "@/lib/contracts/user";
import { NewToken } from "./new-token";
import { tokenQueries, useRevokeToken } from "./queries";

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

function TokenRow({ token, showsOwner }: { token: TokenView; showsOwner: boolean }) {
  const t = useTranslations();
  const status = tokenStatus(token, useNow());
  const isUsable = status === "usable";
  return (
    <TableRow>
      <TableCell className={cn(!isUsable && "text-faint")}>
        <span className="flex flex-wrap items-center gap-x-2">
          <bdi className="font-medium">{token.name}</bdi>
          {!isUsable && <Badge tone="outline">{t(`tokens.${status}`)}</Badge>}
        </span>
        <span className="figures block text-faint text-sm">{token.prefix}…</span>
        <TokenScopeText token={token} />
        <span className="block text-muted text-sm @lg/page:hidden">
          {t(`roles.${token.role}`)} · <Expiry at={token.expiresAt} />
        </span>
      </TableCell>
      <TableCell className="@max-lg/page:hidden">{t(`roles.${token.role}`)}</TableCell>
      {showsOwner && (
        <TableCell className="@max-3xl/page:hidden">
          <bdi>{token.owner.name}</bdi>
        </TableCell>
      )}
      <TableCell className="text-muted @max-3xl/page:hidden">
        {token.lastUsedAt ? <TimeAgo at={token.lastUsedAt} /> : t("tokens.neverUsed")}
      </TableCell>
      <TableCell className="text-muted @max-lg/page:hidden">
        <Expiry at={token.expiresAt} />
      </TableCell>
      <TableCell className="text-end">{status !== "revoked" && <RevokeToken token={token} />}</TableCell>
    </TableRow>
  );
}

/** The token's limits; nothing for an unlimited token. */
function TokenScopeText({ token: { services, targets, deployOnly } }: { token: TokenView }) {
  const t = useTranslations("tokens");
  const format = useFormatter();
  const names = (all: readonly { name: string }[]) => format.list(all.map(({ name }) => name));
  const parts = [
    deployOnly && t("deployOnly"),
    services.length > 0 && t("onlyServices", { names: names(services) }),
    targets.length > 0 && t("onlyTargets", { names: names(targets) }),
  ].filter((part) => part !== false);
  return parts.length === 0 ? null : <span className="block text-muted text-sm">{parts.join(" · ")}</span>;
}

function Expiry({ at }: { at: string | null }) {
  const t = useTranslations("tokens");
  const format = useFormatter();
  return at === null ? t("never") : <time dateTime={at}>{format.dateTime(new Date(at), "day")}</time>;
}

/** Whether requests with the token are still accepted. */
export function tokenStatus(
  token: Pick<TokenView, "revokedAt" | "expiresAt">,
  now: Date,
): "usable" | "expired" | "revoked" {
  if (token.revokedAt !== null) return "revoked";
  return token.expiresAt !== null && Date.parse(token.expiresAt) <= now.getTime() ? "expired" : "usable";
}

function RevokeToken({ token }: { token: TokenView }) {
  const t = useTranslations("tokens");
  const can = useCan();
  const revoke = useRevokeToken();
  if (!can("token:revoke", { ownerId: token.owner.id })) return null;
  return (
    <ConfirmChange
      danger
      trigger={
        <Button size="sm" aria-label={t("revokeNamed", { name: token.name })}>
          {t("revoke")}
        </Button>
      }
      title={t("revokeTitle", { name: token.name })}
      description={t("revokeText")}
      action={t("revoke")}
      change={revoke}
      input={token.id}
      onDone={() => toast.succeeded(t("wasRevoked", { name: token.name }))}
    />
  );
}
