"use client";

import { Ellipsis, KeyRound, Link2, Pencil, ShieldOff, UserCheck, UserX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/dropdown-menu";
import { toast } from "@/components/ui/toast";
import type { UserView } from "@/lib/contracts/user";
import { LinkedAccounts } from "./accounts";
import { useChangeUser } from "./queries";
import { EditUser } from "./user-form";
import { SetPassword } from "./user-password";

/** The menu does not offer to disable the last admin. */
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

interface DialogProps {
  user: UserView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Disables a user or enables them again. */
function DisableUser({ user, open, onOpenChange }: DialogProps) {
  const t = useTranslations("users");
  const sentence = useProblemSentence();
  const change = useChangeUser(user.id);
  const disables = user.disabledAt === null;
  const { name } = user;
  const confirm = () =>
    change.mutate(
      { disabled: disables },
      {
        onSuccess: () => {
          onOpenChange(false);
          toast.succeeded(t(disables ? "wasDisabled" : "wasEnabled", { name }));
        },
      },
    );
  return (
    <ConfirmDialog
      danger={disables}
      open={open}
      onOpenChange={onOpenChange}
      title={t(disables ? "disableTitle" : "enableTitle", { name })}
      description={t(disables ? "disableText" : "enableText")}
      action={t(disables ? "disable" : "enable")}
      busy={change.isPending}
      error={change.error ? sentence(change.error) : undefined}
      onConfirm={confirm}
    />
  );
}

/** For a person who lost their second factor. */
function ResetSecondFactor({ user, open, onOpenChange }: DialogProps) {
  const t = useTranslations("users");
  const sentence = useProblemSentence();
  const change = useChangeUser(user.id);
  const { name } = user;
  const confirm = () =>
    change.mutate(
      { resetSecondFactor: true },
      {
        onSuccess: () => {
          onOpenChange(false);
          toast.succeeded(t("secondFactorReset", { name }));
        },
      },
    );
  return (
    <ConfirmDialog
      danger
      open={open}
      onOpenChange={onOpenChange}
      title={t("resetSecondFactorTitle", { name })}
      description={t("resetSecondFactorText")}
      action={t("resetSecondFactor")}
      busy={change.isPending}
      error={change.error ? sentence(change.error) : undefined}
      onConfirm={confirm}
    />
  );
}
