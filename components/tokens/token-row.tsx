import { useFormatter, useNow, useTranslations } from "next-intl";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { TableCell, TableRow } from "@/components/ui/table";
import { TimeAgo } from "@/components/ui/time-ago";
import type { TokenView } from "@/lib/contracts/user";
import { RevokeToken } from "./revoke-token";
import { tokenStanding } from "./token-standing";

export function TokenRow({ token, showsOwner }: { token: TokenView; showsOwner: boolean }) {
  const t = useTranslations();
  const standing = tokenStanding(token, useNow());
  const isUsable = standing === "usable";
  return (
    <TableRow>
      <TableCell className={cn(!isUsable && "text-faint")}>
        <span className="flex flex-wrap items-center gap-x-2">
          <bdi className="font-medium">{token.name}</bdi>
          {!isUsable && <Badge tone="outline">{t(`tokens.${standing}`)}</Badge>}
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
      <TableCell className="text-end">{standing !== "revoked" && <RevokeToken token={token} />}</TableCell>
    </TableRow>
  );
}

/** What it is limited to; nothing where it is not. */
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
