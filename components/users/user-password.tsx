"use client";

import { Dices } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";
import { Field, FormProblem } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import type { UserView } from "@/lib/contracts/user";
import { useChangeUser } from "./queries";

/** Without easily confused characters, because passwords are read aloud. 32 characters: five random bits each. */
const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS = 4;
const GROUP_LENGTH = 5;

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

interface NewPasswordProps {
  value: string;
  onChange: (password: string) => void;
  error?: string | undefined;
}

/** Not masked: an administrator has to pass the password on to its user. */
export function NewPassword({ value, onChange, error }: NewPasswordProps) {
  const t = useTranslations("users");
  return (
    <div className="flex items-start gap-2">
      <Field label={t("password")} hint={t("passwordHint")} error={error} className="flex-1">
        <Input
          value={value}
          onChange={(event) => onChange(event.target.value)}
          autoComplete="new-password"
          spellCheck={false}
          dir="ltr"
          className="figures"
        />
      </Field>
      <div className="mt-6 flex h-9 items-center">
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label={t("generate")}
          title={t("generate")}
          onClick={() => onChange(randomPassword())}
        >
          <Dices aria-hidden />
        </Button>
        <CopyButton text={value} label={t("copyPassword")} />
      </div>
    </div>
  );
}

/** 100 random bits as `k7mzq-9bn4w-x2hdp-…`. */
export function randomPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(GROUPS * GROUP_LENGTH));
  const letters = Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
  return letters.match(new RegExp(`.{${GROUP_LENGTH}}`, "g"))?.join("-") ?? letters;
}
