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
 * On a slow connection a page is visible before its script is loaded. The last button clicked until then is clicked
 * again once it is, instead of doing nothing or submitting its form without a handler.
 */
export function EarlyClicks({ nonce }: { nonce: string | undefined }) {
  useEffect(() => {
    const early = window.earlyClicks;
    if (!early) return;
    removeEventListener("click", early.keep, true);
    delete window.earlyClicks;
    if (early.last?.isConnected) early.last.click();
  }, []);
  // A browser hides the nonce from scripts.
  const own = typeof window === "undefined" ? nonce : "";
  // biome-ignore lint/security/noDangerouslySetInnerHtml: the text above
  return <script nonce={own} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: KEEP }} />;
}
