"use client";

import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { BottomBar } from "./bottom-bar";
import { ConnectionNotice } from "./connection-notice";
import { SIDEBAR_COOKIE, writeCookie } from "./cookie";
import { CrumbsProvider } from "./crumbs";
import { Shortcuts, usePaletteKey } from "./shortcuts";
import { Sidebar } from "./sidebar";
import { TopBar } from "./top-bar";

/** Its code comes when it is first opened. */
const CommandPalette = dynamic(() => import("./command-palette").then((module) => module.CommandPalette));

/** The signed-in frame: side bar (a bottom bar on a phone), top bar, and what belongs to every page. */
export function Frame({ collapsed: initiallyCollapsed, children }: { collapsed: boolean; children: ReactNode }) {
  const t = useTranslations("frame");
  const [collapsed, setCollapsed] = useState(initiallyCollapsed);
  /** Undefined until it is first asked for. */
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
