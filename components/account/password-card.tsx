"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { useViewer } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { PasswordInput } from "@/components/ui/password-input";
import { toast } from "@/components/ui/toast";
import { useChangePassword } from "./queries";

const empty = { current: "", password: "", revokeTokens: false };

export function PasswordCard() {
  const t = useTranslations("account");
  const { email } = useViewer();
  const change = useChangePassword();
  const [draft, setDraft] = useState(empty);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    change.mutate(draft, {
      onSuccess: () => {
        setDraft(empty);
        toast.succeeded(t("passwordChanged"));
      },
    });
  };
  return (
    <Card title={t("password")} description={t("passwordText")}>
      <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
        {/* For password managers: whose password this is. */}
        <input type="hidden" name="username" autoComplete="username" value={email} />
        <div className="grid gap-4 @lg/page:grid-cols-2">
          <Field label={t("currentPassword")} error={fieldSentence(change.error, "current")}>
            <PasswordInput
              value={draft.current}
              onChange={(event) => setDraft({ ...draft, current: event.target.value })}
              autoComplete="current-password"
            />
          </Field>
          <Field label={t("newPassword")} hint={t("newPasswordHint")} error={fieldSentence(change.error, "password")}>
            <PasswordInput
              value={draft.password}
              onChange={(event) => setDraft({ ...draft, password: event.target.value })}
              autoComplete="new-password"
            />
          </Field>
        </div>
        <Field inline label={t("revokeTokens")}>
          <Checkbox
            checked={draft.revokeTokens}
            onCheckedChange={(checked) => setDraft({ ...draft, revokeTokens: checked === true })}
          />
        </Field>
        <FormProblem error={change.error} />
        <div className="flex justify-end">
          <Button type="submit" variant="primary" busy={change.isPending}>
            {t("changePassword")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
