"use client";

import { useTranslations } from "next-intl";
import {
  Menu,
  MenuContent,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuTrigger,
} from "@/components/ui/dropdown-menu";
import { isLocale, LOCALE_KEYS, LOCALES } from "@/lib/platform/i18n/locales";
import { LocaleButton } from "./menu-buttons";
import { useLocaleSwitch } from "./use-locale-switch";

/** Mounted open: `LazyMenu` mounts it on the first click. */
export default function LocaleSwitch() {
  const t = useTranslations("frame");
  const { locale, setLocale } = useLocaleSwitch();
  return (
    <Menu defaultOpen>
      <MenuTrigger asChild>
        <LocaleButton />
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
