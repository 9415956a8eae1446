"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import type { Role } from "@/lib/contracts/user";
import { NewPassword } from "./new-password";
import { useCreateUser } from "./queries";
import { RoleField } from "./role-field";

interface Draft {
  name: string;
  email: string;
  role: Role;
  password: string;
}

const empty: Draft = { name: "", email: "", role: "member", password: "" };

export function NewUserForm({ onDone }: { onDone: () => void }) {
  const t = useTranslations();
  const create = useCreateUser();
  const [draft, setDraft] = useState(empty);
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (create.isPending) return;
    create.mutate(draft, {
      onSuccess: ({ name }) => {
        onDone();
        toast.succeeded(t("users.wasAdded", { name }));
      },
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      <Field label={t("users.name")} error={fieldSentence(create.error, "name")}>
        <Input
          value={draft.name}
          onChange={(event) => set({ name: event.target.value })}
          autoComplete="off"
          autoFocus
        />
      </Field>
      <Field label={t("users.email")} error={fieldSentence(create.error, "email")}>
        <Input
          type="email"
          dir="ltr"
          value={draft.email}
          onChange={(event) => set({ email: event.target.value })}
          autoComplete="off"
        />
      </Field>
      <RoleField value={draft.role} onChange={(role) => set({ role })} error={fieldSentence(create.error, "role")} />
      <NewPassword
        value={draft.password}
        onChange={(password) => set({ password })}
        error={fieldSentence(create.error, "password")}
      />
      <FormProblem error={create.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={create.isPending}>
          {t("users.add")}
        </Button>
      </div>
    </form>
  );
}
