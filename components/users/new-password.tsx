"use client";

import { Dices } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { randomPassword } from "./random-password";

interface Props {
  value: string;
  onChange: (password: string) => void;
  error?: string | undefined;
}

/** Shown while it is typed: an administrator has to tell it to the person it is for. */
export function NewPassword({ value, onChange, error }: Props) {
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
