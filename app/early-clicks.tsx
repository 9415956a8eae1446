"use client";

import { useEffect } from "react";

declare global {
  interface Window {
    earlyClicks?: { keep: (event: MouseEvent) => void; last?: HTMLElement };
  }
}

/** Runs before the first button can be clicked. Links work without a script and are left alone. */
const KEEP = `{
  const early = window.earlyClicks = { keep(event) {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    early.last = button;
  } };
  addEventListener("click", early.keep, true);
}`;

/**
 * On a slow connection a page can be seen before its script is there. The last button that was clicked until then is
 * clicked as soon as it is, instead of doing nothing or sending its form to nowhere.
 */
export function EarlyClicks({ nonce }: { nonce: string | undefined }) {
  useEffect(() => {
    const early = window.earlyClicks;
    if (!early) return;
    removeEventListener("click", early.keep, true);
    delete window.earlyClicks;
    if (early.last?.isConnected) early.last.click();
  }, []);
  // A browser tells no script its nonce.
  const own = typeof window === "undefined" ? nonce : "";
  // biome-ignore lint/security/noDangerouslySetInnerHtml: the text above
  return <script nonce={own} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: KEEP }} />;
}
