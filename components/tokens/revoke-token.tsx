"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import type { TokenView } from "@/lib/contracts/user";
import { useRevokeToken } from "./queries";

export function RevokeToken({ token }: { token: TokenView }) {
  const t = useTranslations("tokens");
  const can = useCan();
  const sentence = useProblemSentence();
  const [open, setOpen] = useState(false);
  const revoke = useRevokeToken();
  if (!can("token:revoke", { ownerId: token.owner.id })) return null;
  const confirm = () =>
    revoke.mutate(token.id, {
      onSuccess: () => {
        setOpen(false);
        toast.succeeded(t("wasRevoked", { name: token.name }));
      },
    });
  return (
    <ConfirmDialog
      danger
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button size="sm" aria-label={t("revokeNamed", { name: token.name })}>
          {t("revoke")}
        </Button>
      }
      title={t("revokeTitle", { name: token.name })}
      description={t("revokeText")}
      action={t("revoke")}
      busy={revoke.isPending}
      error={revoke.error ? sentence(revoke.error) : undefined}
      onConfirm={confirm}
    />
  );
}
