"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import type { UserView } from "@/lib/contracts/user";
import { useChangeUser } from "./queries";
import { RoleField } from "./role-field";

interface Props {
  user: UserView;
  isLastAdmin: boolean;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function EditUser({ user, isLastAdmin, open, onOpenChange }: Props) {
  const t = useTranslations();
  const change = useChangeUser(user.id);
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState(user.role);
  const [secondFactorRequired, setRequired] = useState(user.secondFactorRequired);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    change.mutate(
      { name, role, secondFactorRequired },
      {
        onSuccess: (changed) => {
          onOpenChange(false);
          toast.succeeded(t("users.wasChanged", { name: changed.name }));
        },
      },
    );
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t("users.editTitle", { name: user.name })}
      description={t("users.editText")}
    >
      <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
        <Field label={t("users.name")} error={fieldSentence(change.error, "name")}>
          <Input value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" />
        </Field>
        <RoleField
          value={role}
          onChange={setRole}
          disabled={isLastAdmin}
          note={isLastAdmin ? t("users.lastAdmin") : undefined}
          error={fieldSentence(change.error, "role")}
        />
        <Field inline label={t("users.requireSecondFactor")} hint={t("users.requireSecondFactorHint")}>
          <Checkbox checked={secondFactorRequired} onCheckedChange={(checked) => setRequired(checked === true)} />
        </Field>
        <FormProblem error={change.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={() => onOpenChange(false)}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={change.isPending}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
