"use client";

import { useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { useDensity } from "@/components/layout/preferences";
import { useLocaleSwitch } from "@/components/layout/use-locale-switch";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { useIsInBrowser } from "@/components/ui/use-is-in-browser";
import { isLocale, LOCALE_KEYS, LOCALES } from "@/lib/platform/i18n/locales";

export function PreferencesCard() {
  const t = useTranslations();
  const { locale, setLocale } = useLocaleSwitch();
  const { theme, setTheme } = useTheme();
  const { density, setDensity } = useDensity();
  // The server knows neither theme nor what this browser has of the density.
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
