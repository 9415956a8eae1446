"use client";

import { Ellipsis, KeyRound, Link2, Pencil, ShieldOff, UserCheck, UserX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/dropdown-menu";
import type { UserView } from "@/lib/contracts/user";
import { DisableUser } from "./disable-user";
import { EditUser } from "./edit-user";
import { LinkedAccounts } from "./linked-accounts";
import { ResetSecondFactor } from "./reset-second-factor";
import { SetPassword } from "./set-password";

/** The last admin keeps role and access: what would take them away is not offered. */
export function UserMenu({ user, isLastAdmin }: { user: UserView; isLastAdmin: boolean }) {
  const t = useTranslations("users");
  const [dialog, setDialog] = useState<"edit" | "password" | "accounts" | "second-factor" | "disable">();
  const opened = (name: typeof dialog) => ({
    open: dialog === name,
    onOpenChange: (open: boolean) => setDialog(open ? name : undefined),
  });
  const isDisabled = user.disabledAt !== null;
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label={t("actionsFor", { name: user.name })}>
            <Ellipsis aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent>
          <MenuItem onSelect={() => setDialog("edit")}>
            <Pencil aria-hidden />
            {t("edit")}
          </MenuItem>
          <MenuItem onSelect={() => setDialog("password")}>
            <KeyRound aria-hidden />
            {t("setPassword")}
          </MenuItem>
          {user.accounts.length > 0 && (
            <MenuItem onSelect={() => setDialog("accounts")}>
              <Link2 aria-hidden />
              {t("linkedAccounts")}
            </MenuItem>
          )}
          {user.secondFactor && (
            <MenuItem onSelect={() => setDialog("second-factor")}>
              <ShieldOff aria-hidden />
              {t("resetSecondFactor")}
            </MenuItem>
          )}
          {!isLastAdmin && (
            <>
              <MenuSeparator />
              <MenuItem danger={!isDisabled} onSelect={() => setDialog("disable")}>
                {isDisabled ? <UserCheck aria-hidden /> : <UserX aria-hidden />}
                {t(isDisabled ? "enable" : "disable")}
              </MenuItem>
            </>
          )}
        </MenuContent>
      </Menu>
      {dialog === "edit" && <EditUser user={user} isLastAdmin={isLastAdmin} {...opened("edit")} />}
      {dialog === "password" && <SetPassword user={user} {...opened("password")} />}
      {dialog === "accounts" && <LinkedAccounts user={user} {...opened("accounts")} />}
      {dialog === "second-factor" && <ResetSecondFactor user={user} {...opened("second-factor")} />}
      {dialog === "disable" && <DisableUser user={user} {...opened("disable")} />}
    </>
  );
}
