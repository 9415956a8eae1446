import { Ellipsis, Languages, Moon, Sun } from "lucide-react";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import type { ComponentProps } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { isCurrent, navigationOf } from "./navigation";
import { useViewer } from "./viewer";

/* The buttons of the frame's menus; each is drawn before its menu's code is loaded, and by the menu afterwards. */

export function LocaleButton(props: ComponentProps<typeof Button>) {
  const t = useTranslations("frame");
  return (
    <Button variant="ghost" size="icon" aria-label={t("language")} {...props}>
      <Languages aria-hidden />
    </Button>
  );
}

/** Both icons are rendered and CSS shows one: the server does not know the theme. */
export function ThemeButton(props: ComponentProps<typeof Button>) {
  const t = useTranslations("frame");
  return (
    <Button variant="ghost" size="icon" aria-label={t("theme")} {...props}>
      <Sun aria-hidden className="dark:hidden" />
      <Moon aria-hidden className="not-dark:hidden" />
    </Button>
  );
}

export function PersonButton(props: ComponentProps<"button">) {
  const t = useTranslations("frame");
  const { name } = useViewer();
  return (
    <button
      type="button"
      aria-label={t("account")}
      className="ms-1.5 grid size-7 shrink-0 place-items-center rounded-full border border-line-strong bg-subtle font-medium text-xs uppercase"
      {...props}
    >
      {[...name][0]}
    </button>
  );
}

/** The number of pages on a phone's bar; the rest is in a menu. */
export const ON_THE_BAR = 4;
export const barItemStyle =
  "flex min-w-0 flex-1 flex-col items-center justify-center gap-0.5 font-medium text-[0.6875rem] text-muted [&>svg]:size-5";

export function MoreButton(props: ComponentProps<"button">) {
  const t = useTranslations("navigation");
  const pathname = usePathname();
  const isHere = navigationOf(useViewer())
    .slice(ON_THE_BAR)
    .some(({ href }) => isCurrent(href, pathname));
  return (
    <button type="button" className={cn(barItemStyle, isHere && "text-accent-text")} {...props}>
      <Ellipsis aria-hidden />
      {t("more")}
    </button>
  );
}
