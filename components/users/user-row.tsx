import { ShieldCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { useViewer } from "@/components/layout/viewer";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { TableCell, TableRow } from "@/components/ui/table";
import { TimeAgo } from "@/components/ui/time-ago";
import type { UserView } from "@/lib/contracts/user";
import { UserMenu } from "./user-menu";

interface Props {
  user: UserView;
  mayChange: boolean;
  isLastAdmin: boolean;
}

export function UserRow({ user, mayChange, isLastAdmin }: Props) {
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
