"use client";

import { useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import {
  Menu,
  MenuContent,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from "@/components/ui/dropdown-menu";
import { ThemeButton } from "./menu-buttons";
import { useDensity } from "./preferences";

/** Light or dark, and how close the rows are. Mounted open: `LazyMenu` mounts it on the first click. */
export default function ThemeSwitch() {
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
