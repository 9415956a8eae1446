"use client";

import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import type { UserView } from "@/lib/contracts/user";
import { useChangeUser } from "./queries";

interface Props {
  user: UserView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** For a person who lost it. */
export function ResetSecondFactor({ user, open, onOpenChange }: Props) {
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
