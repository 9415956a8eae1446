"use client";

import { Languages } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import {
  Menu,
  MenuContent,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuTrigger,
} from "@/components/ui/dropdown-menu";
import { isLocale, LOCALE_KEYS, LOCALES } from "@/lib/i18n/locales";
import { useLocaleSwitch } from "./use-locale-switch";

export function LocaleSwitch() {
  const t = useTranslations("frame");
  const { locale, setLocale } = useLocaleSwitch();
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={t("language")}>
          <Languages aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuContent>
        <MenuLabel>{t("language")}</MenuLabel>
        <MenuRadioGroup value={locale} onValueChange={(value) => isLocale(value) && setLocale(value)}>
          {LOCALE_KEYS.map((key) => (
            <MenuRadioItem key={key} value={key} lang={key} dir={LOCALES[key].dir}>
              {LOCALES[key].name}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
      </MenuContent>
    </Menu>
  );
}
