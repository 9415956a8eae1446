import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { LazyMenu } from "@/components/ui/lazy-menu";
import { Link } from "@/components/ui/link";
import { Tooltip } from "@/components/ui/tooltip";
import { Logo } from "./logo";
import { barItemStyle, MoreButton, ON_THE_BAR } from "./menu-buttons";
import { isCurrent, navigationOf } from "./navigation";
import { useViewer } from "./viewer";

/**
 * Icons alone when the window is narrower than 1024 px, whatever was chosen for a wide one: then the page needs the
 * space. Names stay for screen readers and as tooltips.
 */
export function Sidebar({ collapsed, onToggle }: { collapsed: boolean; onToggle: () => void }) {
  const t = useTranslations();
  const pathname = usePathname();
  const toggleLabel = t(collapsed ? "frame.expand" : "frame.collapse");
  return (
    <aside
      className={cn(
        "sticky top-0 flex h-dvh shrink-0 flex-col border-e bg-background max-sm:hidden",
        collapsed ? "w-14" : "w-56 max-lg:w-14",
      )}
    >
      <Link
        href="/"
        className="flex h-14 items-center gap-2.5 px-4 font-semibold tracking-tight"
        aria-label={t("common.productName")}
      >
        <Logo className="size-6 shrink-0" />
        {!collapsed && <span className="max-lg:hidden">{t("common.productName")}</span>}
      </Link>
      <nav aria-label={t("navigation.label")} className="flex flex-1 flex-col gap-0.5 overflow-y-auto px-2 py-1">
        {navigationOf(useViewer()).map(({ key, href, icon: Icon }) => {
          const current = isCurrent(href, pathname);
          const link = (
            <Link
              key={key}
              href={href}
              aria-current={current ? "page" : undefined}
              className={cn(
                "flex h-8 items-center gap-2.5 rounded-md px-3 font-medium text-muted transition-colors hover:bg-subtle hover:text-foreground",
                current && "bg-subtle text-foreground",
              )}
            >
              <Icon aria-hidden className={cn("size-4 shrink-0", current ? "text-foreground" : "text-faint")} />
              <span className={collapsed ? "sr-only" : "truncate max-lg:sr-only"}>{t(`navigation.${key}`)}</span>
            </Link>
          );
          return (
            <Tooltip key={key} beside className={collapsed ? "" : "lg:hidden"} text={t(`navigation.${key}`)}>
              {link}
            </Tooltip>
          );
        })}
      </nav>
      <div className="p-2 max-lg:hidden">
        <Tooltip text={toggleLabel}>
          <Button
            variant="ghost"
            size="icon"
            className="ms-1"
            aria-label={toggleLabel}
            aria-expanded={!collapsed}
            onClick={onToggle}
          >
            {collapsed ? (
              <PanelLeftOpen aria-hidden className="rtl:-scale-x-100" />
            ) : (
              <PanelLeftClose aria-hidden className="rtl:-scale-x-100" />
            )}
          </Button>
        </Tooltip>
      </div>
    </aside>
  );
}

/** The navigation of a phone: the first pages within reach of the thumb, the rest in a menu. */
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
      <LazyMenu load={() => import("./frame-menus").then((menus) => ({ default: menus.MoreMenu }))}>
        <MoreButton />
      </LazyMenu>
    </nav>
  );
}
