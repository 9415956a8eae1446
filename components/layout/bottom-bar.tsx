import { Ellipsis } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/dropdown-menu";
import { useViewer } from "@/lib/client/viewer";
import { isCurrent, navigationOf } from "./navigation";

const SHOWN = 4;
const itemStyle =
  "flex min-w-0 flex-1 flex-col items-center justify-center gap-0.5 font-medium text-[0.6875rem] text-muted [&>svg]:size-5";

/** The navigation of a phone: the first pages under the thumb, the rest behind one more. */
export function BottomBar() {
  const t = useTranslations("navigation");
  const pathname = usePathname();
  const entries = navigationOf(useViewer());
  const rest = entries.slice(SHOWN);
  return (
    <nav
      aria-label={t("label")}
      className="fixed inset-x-0 bottom-0 z-30 flex h-14 border-t bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      {entries.slice(0, SHOWN).map(({ key, href, icon: Icon }) => {
        const current = isCurrent(href, pathname);
        return (
          <Link
            key={key}
            href={href}
            aria-current={current ? "page" : undefined}
            className={cn(itemStyle, current && "text-accent-text")}
          >
            <Icon aria-hidden />
            <span className="max-w-full truncate px-1">{t(key)}</span>
          </Link>
        );
      })}
      <Menu>
        <MenuTrigger
          className={cn(itemStyle, rest.some(({ href }) => isCurrent(href, pathname)) && "text-accent-text")}
        >
          <Ellipsis aria-hidden />
          {t("more")}
        </MenuTrigger>
        <MenuContent side="top">
          {rest.map(({ key, href, icon: Icon }) => (
            <MenuItem key={key} asChild>
              <Link href={href}>
                <Icon aria-hidden />
                {t(key)}
              </Link>
            </MenuItem>
          ))}
        </MenuContent>
      </Menu>
    </nav>
  );
}
