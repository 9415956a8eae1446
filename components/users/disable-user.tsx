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

/** Takes the access away, or gives it back. */
export function DisableUser({ user, open, onOpenChange }: Props) {
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
