"use client";

import { UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field, FormProblem } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { ROLES, Role, type UserView } from "@/lib/contracts/user";
import { useChangeUser, useCreateUser } from "./queries";
import { NewPassword } from "./user-password";

export function NewUser() {
  const t = useTranslations("users");
  const [open, setOpen] = useState(false);
  const trigger = (
    <Button variant="primary">
      <UserPlus aria-hidden />
      {t("new")}
    </Button>
  );
  return (
    <Dialog open={open} onOpenChange={setOpen} trigger={trigger} title={t("newTitle")} description={t("newText")}>
      <NewUserForm onDone={() => setOpen(false)} />
    </Dialog>
  );
}

interface Draft {
  name: string;
  email: string;
  role: Role;
  password: string;
}

const EMPTY: Draft = { name: "", email: "", role: "member", password: "" };

function NewUserForm({ onDone }: { onDone: () => void }) {
  const t = useTranslations();
  const create = useCreateUser();
  const [draft, setDraft] = useState(EMPTY);
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

interface EditUserProps {
  user: UserView;
  isLastAdmin: boolean;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function EditUser({ user, isLastAdmin, open, onOpenChange }: EditUserProps) {
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

interface RoleFieldProps {
  value: Role;
  onChange: (role: Role) => void;
  disabled?: boolean;
  /** Replaces the description of the role. */
  note?: string | undefined;
  error?: string | undefined;
}

function RoleField({ value, onChange, disabled, note, error }: RoleFieldProps) {
  const t = useTranslations();
  return (
    <Field label={t("users.role")} hint={note ?? t(`users.roleMeans.${value}`)} error={error}>
      <Select value={value} disabled={disabled} onChange={(event) => onChange(Role.parse(event.target.value))}>
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {t(`roles.${role}`)}
          </option>
        ))}
      </Select>
    </Field>
  );
}
