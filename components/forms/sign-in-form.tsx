"use client";

import { signIn } from "next-auth/react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { signInErrorKey } from "./sign-in-error-key";

interface Props {
  providers: readonly { id: string; name: string }[];
  /** The page they wanted to see. */
  next: string | undefined;
  /** What next-auth put into the address when a provider sent the person back. */
  error: string | undefined;
}

export function SignInForm({ providers, next, error: initialError }: Props) {
  const t = useTranslations("signIn");
  const [error, setError] = useState(initialError);
  const [busy, setBusy] = useState(false);
  const destination = next && /^\/(?![/\\])/.test(next) ? next : "/";
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { email, password } = Object.fromEntries(new FormData(event.currentTarget));
    setBusy(true);
    setError(undefined);
    const answer = await signIn("credentials", { email, password, redirect: false }).catch(() => ({
      error: "unreachable",
    }));
    if (!answer?.error) return window.location.assign(destination);
    setError(answer.error);
    setBusy(false);
  };
  return (
    <div className="flex flex-col gap-4">
      {error && (
        <p role="alert" className="rounded-md px-3 py-2.5 text-failed wash-failed">
          {t(signInErrorKey(error))}
        </p>
      )}
      <form onSubmit={submit} className="flex flex-col gap-4" method="post" action="/sign-in">
        <Field label={t("email")}>
          <Input name="email" type="email" autoComplete="username" required autoFocus dir="ltr" />
        </Field>
        <Field label={t("password")}>
          <PasswordInput name="password" autoComplete="current-password" required />
        </Field>
        <Button type="submit" variant="primary" size="lg" busy={busy}>
          {t("submit")}
        </Button>
      </form>
      {providers.length > 0 && (
        <div className="flex flex-col gap-2">
          <p className="flex items-center gap-3 text-faint text-sm before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            {t("or")}
          </p>
          {providers.map(({ id, name }) => (
            <Button key={id} size="lg" onClick={() => void signIn(id, { callbackUrl: destination })}>
              {t("with", { provider: name })}
            </Button>
          ))}
        </div>
      )}
      <p className="text-pretty text-faint text-sm">{t("firstTime")}</p>
    </div>
  );
}
