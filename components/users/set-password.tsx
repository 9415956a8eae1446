"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { toast } from "@/components/ui/toast";
import type { UserView } from "@/lib/contracts/user";
import { NewPassword } from "./new-password";
import { useChangeUser } from "./queries";

interface Props {
  user: UserView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function SetPassword({ user, open, onOpenChange }: Props) {
  const t = useTranslations();
  const change = useChangeUser(user.id);
  const [password, setPassword] = useState("");
  const [revokes, setRevokes] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    change.mutate(
      { password, ...(revokes && { revokeTokens: true }) },
      {
        onSuccess: () => {
          onOpenChange(false);
          toast.succeeded(t("users.passwordSet", { name: user.name }));
        },
      },
    );
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t("users.passwordTitle", { name: user.name })}
      description={t("users.passwordText")}
    >
      <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
        <NewPassword value={password} onChange={setPassword} error={fieldSentence(change.error, "password")} />
        <Field inline label={t("users.revokeTokens")}>
          <Checkbox checked={revokes} onCheckedChange={(checked) => setRevokes(checked === true)} />
        </Field>
        <FormProblem error={change.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={() => onOpenChange(false)}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={change.isPending}>
            {t("users.setPassword")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
