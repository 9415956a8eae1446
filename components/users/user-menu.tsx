"use client";

import { KeyRound, Link2, Pencil, ShieldOff, UserCheck, UserX } from "lucide-react";
import { useTranslations } from "next-intl";
import { ConfirmChange } from "@/components/forms/confirm-change";
import { MenuItem, MenuSeparator } from "@/components/ui/dropdown-menu";
import { RowMenu, useRowDialog } from "@/components/ui/row-menu";
import { toast } from "@/components/ui/toast";
import type { UserView } from "@/lib/contracts/user";
import { LinkedAccounts } from "./accounts";
import { useChangeUser } from "./queries";
import { EditUser } from "./user-form";
import { SetPassword } from "./user-password";

/** The menu does not offer to disable the last admin. */
export function UserMenu({ user, isLastAdmin }: { user: UserView; isLastAdmin: boolean }) {
  const t = useTranslations("users");
  const { shown, show, opened } = useRowDialog<"edit" | "password" | "accounts" | "second-factor" | "disable">();
  const isDisabled = user.disabledAt !== null;
  return (
    <>
      <RowMenu label={t("actionsFor", { name: user.name })}>
        <MenuItem onSelect={() => show("edit")}>
          <Pencil aria-hidden />
          {t("edit")}
        </MenuItem>
        <MenuItem onSelect={() => show("password")}>
          <KeyRound aria-hidden />
          {t("setPassword")}
        </MenuItem>
        {user.accounts.length > 0 && (
          <MenuItem onSelect={() => show("accounts")}>
            <Link2 aria-hidden />
            {t("linkedAccounts")}
          </MenuItem>
        )}
        {user.secondFactor && (
          <MenuItem onSelect={() => show("second-factor")}>
            <ShieldOff aria-hidden />
            {t("resetSecondFactor")}
          </MenuItem>
        )}
        {!isLastAdmin && (
          <>
            <MenuSeparator />
            <MenuItem danger={!isDisabled} onSelect={() => show("disable")}>
              {isDisabled ? <UserCheck aria-hidden /> : <UserX aria-hidden />}
              {t(isDisabled ? "enable" : "disable")}
            </MenuItem>
          </>
        )}
      </RowMenu>
      {shown === "edit" && <EditUser user={user} isLastAdmin={isLastAdmin} {...opened("edit")} />}
      {shown === "password" && <SetPassword user={user} {...opened("password")} />}
      {shown === "accounts" && <LinkedAccounts user={user} {...opened("accounts")} />}
      {shown === "second-factor" && <ResetSecondFactor user={user} {...opened("second-factor")} />}
      {shown === "disable" && <DisableUser user={user} {...opened("disable")} />}
    </>
  );
}

interface DialogProps {
  user: UserView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Disables a user or enables them again. */
function DisableUser({ user, open, onOpenChange }: DialogProps) {
  const t = useTranslations("users");
  const change = useChangeUser(user.id);
  const disables = user.disabledAt === null;
  const { name } = user;
  return (
    <ConfirmChange
      danger={disables}
      open={open}
      onOpenChange={onOpenChange}
      title={t(disables ? "disableTitle" : "enableTitle", { name })}
      description={t(disables ? "disableText" : "enableText")}
      action={t(disables ? "disable" : "enable")}
      change={change}
      input={{ disabled: disables }}
      onDone={() => toast.succeeded(t(disables ? "wasDisabled" : "wasEnabled", { name }))}
    />
  );
}

/** For a person who lost their second factor. */
function ResetSecondFactor({ user, open, onOpenChange }: DialogProps) {
  const t = useTranslations("users");
  const change = useChangeUser(user.id);
  const { name } = user;
  return (
    <ConfirmChange
      danger
      open={open}
      onOpenChange={onOpenChange}
      title={t("resetSecondFactorTitle", { name })}
      description={t("resetSecondFactorText")}
      action={t("resetSecondFactor")}
      change={change}
      input={{ resetSecondFactor: true }}
      onDone={() => toast.succeeded(t("secondFactorReset", { name }))}
    />
  );
}
