import { Search } from "lucide-react";
import { useTranslations } from "next-intl";
import { Kbd } from "@/components/ui/kbd";
import { LazyMenu } from "@/components/ui/lazy-menu";
import { Breadcrumb } from "./crumbs";
import { LocaleButton, PersonButton, ThemeButton } from "./menu-buttons";

export function TopBar({ onOpenPalette }: { onOpenPalette: () => void }) {
  const t = useTranslations("frame");
  return (
    <header className="sticky top-0 z-20 flex h-14 items-center gap-1 border-b bg-background/90 px-4 backdrop-blur-sm sm:px-6">
      <Breadcrumb />
      <button
        type="button"
        onClick={onOpenPalette}
        className="me-1 flex h-8 items-center gap-2 rounded-md border border-line-strong bg-surface px-2.5 text-faint text-sm transition-colors hover:border-faint max-md:size-8 max-md:border-transparent max-md:bg-transparent max-md:px-2 max-md:text-muted md:w-56"
      >
        <Search aria-hidden className="size-4 shrink-0" />
        <span className="flex-1 truncate text-start max-md:sr-only">{t("openPalette")}</span>
        <span className="max-md:hidden">
          <Kbd>⌘K</Kbd>
        </span>
      </button>
      <LazyMenu load={() => import("./locale-switch")}>
        <LocaleButton />
      </LazyMenu>
      <LazyMenu load={() => import("./theme-switch")}>
        <ThemeButton />
      </LazyMenu>
      <LazyMenu load={() => import("./person-menu")}>
        <PersonButton />
      </LazyMenu>
    </header>
  );
}
