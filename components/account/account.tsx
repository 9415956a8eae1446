"use client";

import { useQuery } from "@tanstack/react-query";
import { ShieldAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Page, PageHeader } from "@/components/layout/page";
import { useDensity, useLocaleSwitch } from "@/components/layout/preferences";
import { useViewer } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { ErrorPanel } from "@/components/ui/error-panel";
import { Field, FormProblem } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { SkeletonRows } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useIsInBrowser } from "@/components/ui/use-is-in-browser";
import { LOCALE_KEYS, LOCALES } from "@/lib/contracts/locales";
import { isLocale } from "@/lib/platform/i18n/locales";
import { accountQueries, useChangePassword } from "./queries";
import { SecondFactorCard } from "./second-factor-card";
import { SessionsCard } from "./sessions-card";

export function Account() {
  const t = useTranslations("account");
  const { name, email } = useViewer();
  const { data: security, error, refetch } = useQuery(accountQueries.security());
  const isMissing = security?.secondFactorRequired && !security.totp && security.passkeys.length === 0;
  return (
    <Page className="max-w-180">
      <PageHeader title={t("title")} description={<bdi>{`${name} · ${email}`}</bdi>} />
      <div className="flex flex-col gap-5">
        {isMissing && (
          <p role="status" className="flex items-start gap-2.5 rounded-md px-4 py-3 text-warning wash-warning">
            <ShieldAlert aria-hidden className="mt-px size-4.5 shrink-0" />
            {t("required")}
          </p>
        )}
        {error && !security && <ErrorPanel error={error} retry={refetch} />}
        {!error && !security && <SkeletonRows rows={4} />}
        {security && <SecondFactorCard security={security} />}
        {security?.hasPassword && <PasswordCard />}
        <SessionsCard />
        <PreferencesCard />
      </div>
    </Page>
  );
}

function PreferencesCard() {
  const t = useTranslations();
  const { locale, setLocale } = useLocaleSwitch();
  const { theme, setTheme } = useTheme();
  const { density, setDensity } = useDensity();
  // The server knows neither the theme nor this browser's density.
  const isInBrowser = useIsInBrowser();
  return (
    <Card title={t("account.preferences")} description={t("account.preferencesText")}>
      <div className="grid gap-4 @lg/page:grid-cols-3">
        <Field label={t("frame.language")}>
          <Select value={locale} onChange={({ target }) => isLocale(target.value) && setLocale(target.value)}>
            {LOCALE_KEYS.map((key) => (
              <option key={key} value={key} lang={key} dir={LOCALES[key].dir}>
                {LOCALES[key].name}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t("frame.theme")}>
          <Select
            value={isInBrowser ? (theme ?? "system") : "system"}
            onChange={({ target }) => setTheme(target.value)}
          >
            <option value="system">{t("frame.themeSystem")}</option>
            <option value="light">{t("frame.themeLight")}</option>
            <option value="dark">{t("frame.themeDark")}</option>
          </Select>
        </Field>
        <Field label={t("frame.density")}>
          <Select
            value={isInBrowser ? density : "comfortable"}
            onChange={({ target }) => setDensity(target.value === "compact" ? "compact" : "comfortable")}
          >
            <option value="comfortable">{t("frame.densityComfortable")}</option>
            <option value="compact">{t("frame.densityCompact")}</option>
          </Select>
        </Field>
      </div>
    </Card>
  );
}

const EMPTY = { current: "", password: "", revokeTokens: false };

function PasswordCard() {
  const t = useTranslations("account");
  const { email } = useViewer();
  const change = useChangePassword();
  const [draft, setDraft] = useState(EMPTY);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    change.mutate(draft, {
      onSuccess: () => {
        setDraft(EMPTY);
        toast.succeeded(t("passwordChanged"));
      },
    });
  };
  return (
    <Card title={t("password")} description={t("passwordText")}>
      <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
        {/* Tells password managers whose password this is. */}
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
