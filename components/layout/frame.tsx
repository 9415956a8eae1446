"use client";

import { Search } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useEffectEvent, useState } from "react";
import { LazyMenu } from "@/components/ui/lazy-menu";
import { Kbd, useShortcut } from "@/components/ui/shortcuts";
import { ConnectionNotice, useGo } from "./connection-notice";
import { SIDEBAR_COOKIE, writeCookie } from "./cookie";
import { Breadcrumb, CrumbsProvider } from "./crumbs";
import { LocaleButton, PersonButton, ThemeButton } from "./menu-buttons";
import { BottomBar, Sidebar } from "./navigation-bars";

/** Both are loaded when they are first opened. */
const CommandPalette = dynamic(() => import("./command-palette").then((module) => module.CommandPalette));
const ShortcutList = dynamic(() => import("./shortcut-list"));

/** The signed-in frame: side bar (a bottom bar on a phone), top bar, and the parts that every page has. */
export function Frame({ collapsed: initiallyCollapsed, children }: { collapsed: boolean; children: ReactNode }) {
  const t = useTranslations("frame");
  const [collapsed, setCollapsed] = useState(initiallyCollapsed);
  /** Undefined until it is first opened. */
  const [paletteOpen, setPaletteOpen] = useState<boolean>();
  usePaletteKey(() => setPaletteOpen(!paletteOpen));
  const toggle = () => {
    setCollapsed(!collapsed);
    writeCookie(SIDEBAR_COOKIE, collapsed ? "open" : "collapsed");
  };
  return (
    <CrumbsProvider>
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:start-3 focus:top-3"
      >
        {t("skipToContent")}
      </a>
      <div className="flex min-h-dvh">
        <Sidebar collapsed={collapsed} onToggle={toggle} />
        <div className="flex min-w-0 flex-1 flex-col">
          <TopBar onOpenPalette={() => setPaletteOpen(true)} />
          <ConnectionNotice />
          <main
            id="content"
            tabIndex={-1}
            className="@container/page flex-1 px-4 pt-5 pb-24 outline-none sm:px-6 sm:pt-6 sm:pb-10"
          >
            {children}
          </main>
        </div>
        <BottomBar />
      </div>
      {paletteOpen !== undefined && <CommandPalette open={paletteOpen} onOpenChange={setPaletteOpen} />}
      <Shortcuts />
    </CrumbsProvider>
  );
}

function TopBar({ onOpenPalette }: { onOpenPalette: () => void }) {
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
      <LazyMenu load={() => import("./frame-menus").then((menus) => ({ default: menus.LocaleSwitch }))}>
        <LocaleButton />
      </LazyMenu>
      <LazyMenu load={() => import("./frame-menus").then((menus) => ({ default: menus.ThemeSwitch }))}>
        <ThemeButton />
      </LazyMenu>
      <LazyMenu load={() => import("./frame-menus").then((menus) => ({ default: menus.PersonMenu }))}>
        <PersonButton />
      </LazyMenu>
    </header>
  );
}

/** The keys of every page, and the dialog that lists them. Pages with a search bind `/`, pages with a log bind `f`. */
function Shortcuts() {
  const go = useGo();
  const [open, setOpen] = useState<boolean>();
  useShortcut("g o", () => go("/"));
  useShortcut("g s", () => go("/services"));
  useShortcut("g k", () => go("/stacks"));
  useShortcut("g d", () => go("/deployments"));
  useShortcut("?", () => setOpen(true));
  return open !== undefined && <ShortcutList open={open} onOpenChange={setOpen} />;
}

/** Binds ⌘K and Ctrl K, in text fields too. */
function usePaletteKey(run: () => void): void {
  const latest = useEffectEvent(run);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      latest();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
