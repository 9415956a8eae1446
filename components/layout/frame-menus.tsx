"use client";

import { LogOut, UserCog } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { signOut } from "@/components/account/session";
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Link } from "@/components/ui/link";
import { LOCALE_KEYS, LOCALES } from "@/lib/contracts/locales";
import { isLocale } from "@/lib/platform/i18n/locales";
import { LocaleButton, MoreButton, ON_THE_BAR, PersonButton, ThemeButton } from "./menu-buttons";
import { navigationOf } from "./navigation";
import { useDensity, useLocaleSwitch } from "./preferences";
import { useViewer } from "./viewer";

/* The menus of the frame. `LazyMenu` loads them and mounts one on the first click, so each is open from the start. */

export function LocaleSwitch() {
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

/** Light or dark theme, and the density of rows. */
export function ThemeSwitch() {
  const t = useTranslations("frame");
  const { theme, setTheme } = useTheme();
  const { density, setDensity } = useDensity();
  return (
    <Menu defaultOpen>
      <MenuTrigger asChild>
        <ThemeButton />
      </MenuTrigger>
      <MenuContent>
        <MenuLabel>{t("theme")}</MenuLabel>
        <MenuRadioGroup value={theme} onValueChange={setTheme}>
          <MenuRadioItem value="system">{t("themeSystem")}</MenuRadioItem>
          <MenuRadioItem value="light">{t("themeLight")}</MenuRadioItem>
          <MenuRadioItem value="dark">{t("themeDark")}</MenuRadioItem>
        </MenuRadioGroup>
        <MenuSeparator />
        <MenuLabel>{t("density")}</MenuLabel>
        <MenuRadioGroup
          value={density}
          onValueChange={(value) => setDensity(value === "compact" ? "compact" : "comfortable")}
        >
          <MenuRadioItem value="comfortable">{t("densityComfortable")}</MenuRadioItem>
          <MenuRadioItem value="compact">{t("densityCompact")}</MenuRadioItem>
        </MenuRadioGroup>
      </MenuContent>
    </Menu>
  );
}

export function PersonMenu() {
  const t = useTranslations();
  const viewer = useViewer();
  const router = useRouter();
  return (
    <Menu defaultOpen>
      <MenuTrigger asChild>
        <PersonButton />
      </MenuTrigger>
      <MenuContent className="min-w-56">
        <div className="px-2 py-1.5">
          <p className="truncate font-medium">{viewer.name}</p>
          <p className="truncate text-faint text-sm">
            {viewer.email} · {t(`roles.${viewer.role}`)}
          </p>
        </div>
        <MenuSeparator />
        <MenuItem onSelect={() => router.push("/account")}>
          <UserCog aria-hidden />
          {t("frame.account")}
        </MenuItem>
        <MenuItem onSelect={() => void signOut()}>
          <LogOut aria-hidden className="rtl:-scale-x-100" />
          {t("frame.signOut")}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}

/** The pages that do not fit on a phone's bar. */
export function MoreMenu() {
  const t = useTranslations("navigation");
  return (
    <Menu defaultOpen>
      <MenuTrigger asChild>
        <MoreButton />
      </MenuTrigger>
      <MenuContent side="top">
        {navigationOf(useViewer())
          .slice(ON_THE_BAR)
          .map(({ key, href, icon: Icon }) => (
            <MenuItem key={key} asChild>
              <Link href={href}>
                <Icon aria-hidden />
                {t(key)}
              </Link>
            </MenuItem>
          ))}
      </MenuContent>
    </Menu>
  );
}
