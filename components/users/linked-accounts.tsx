"use client";

import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { FormProblem } from "@/components/ui/form-problem";
import type { UserView } from "@/lib/contracts/user";
import { useUnlinkAccount } from "./queries";

interface Props {
  user: UserView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function LinkedAccounts({ user, open, onOpenChange }: Props) {
  const t = useTranslations("users");
  const unlink = useUnlinkAccount(user.id);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t("linkedTitle", { name: user.name })}
      description={t("linkedText")}
    >
      {user.accounts.length === 0 && <p className="text-muted">{t("linkedNone")}</p>}
      <ul className="divide-y rounded-md border empty:hidden">
        {user.accounts.map(({ id, provider }) => (
          <li key={id} className="flex items-center gap-3 px-3 py-2">
            <bdi className="min-w-0 flex-1 font-medium">{provider}</bdi>
            <Button
              size="sm"
              busy={unlink.isPending}
              aria-label={t("unlinkNamed", { provider })}
              onClick={() => unlink.mutate(id)}
            >
              {t("unlink")}
            </Button>
          </li>
        ))}
      </ul>
      <FormProblem error={unlink.error} />
    </Dialog>
  );
}
