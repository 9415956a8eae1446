"use client";

import { Moon, Sun } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { Button } from "@/components/ui/button";
import {
  Menu,
  MenuContent,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from "@/components/ui/dropdown-menu";
import { useDensity } from "@/lib/client/use-density";

/** Light or dark, and how close the rows are. Both icons are there and CSS shows one: the server knows no theme. */
export function ThemeSwitch() {
  const t = useTranslations("frame");
  const { theme, setTheme } = useTheme();
  const { density, setDensity } = useDensity();
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={t("theme")}>
          <Sun aria-hidden className="dark:hidden" />
          <Moon aria-hidden className="not-dark:hidden" />
        </Button>
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
