import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { LazyMenu } from "@/components/ui/lazy-menu";
import { Link } from "@/components/ui/link";
import { barItemStyle, MoreButton, ON_THE_BAR } from "./menu-buttons";
import { isCurrent, navigationOf } from "./navigation";
import { useViewer } from "./viewer";

/** The navigation of a phone: the first pages under the thumb, the rest behind one more. */
export function BottomBar() {
  const t = useTranslations("navigation");
  const pathname = usePathname();
  const entries = navigationOf(useViewer());
  return (
    <nav
      aria-label={t("label")}
      className="fixed inset-x-0 bottom-0 z-30 flex h-14 border-t bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      {entries.slice(0, ON_THE_BAR).map(({ key, href, icon: Icon }) => {
        const current = isCurrent(href, pathname);
        return (
          <Link
            key={key}
            href={href}
            aria-current={current ? "page" : undefined}
            className={cn(barItemStyle, current && "text-accent-text")}
          >
            <Icon aria-hidden />
            <span className="max-w-full truncate px-1">{t(key)}</span>
          </Link>
        );
      })}
      <LazyMenu load={() => import("./more-menu")}>
        <MoreButton />
      </LazyMenu>
    </nav>
  );
}
