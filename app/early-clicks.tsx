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
    // The router watches the address from an effect of its own, which comes after this one.
    const timer = setTimeout(() => {
      addEventListener("click", repeatUntilItArrives, true);
      releaseKeptClick();
    });
    return () => {
      clearTimeout(timer);
      removeEventListener("click", repeatUntilItArrives, true);
    };
  }, []);
  // A browser hides the nonce from scripts.
  const own = typeof window === "undefined" ? nonce : "";
  // biome-ignore lint/security/noDangerouslySetInnerHtml: the text above
  return <script nonce={own} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: KEEP }} />;
}

function releaseKeptClick() {
  const early = window.earlyClicks;
  if (!early) return;
  removeEventListener("click", early.keep, true);
  delete window.earlyClicks;
  if (early.last?.isConnected) early.last.click();
}

const REPEAT_MS = 100;
const GIVES_UP_MS = 30_000;

/** The last button that was clicked, while its click has not arrived. */
let waiting: { button: Element; since: number; timer: number } | undefined;

/** React stops a click on a part of the page whose own script is not loaded yet: the button is clicked again. */
function repeatUntilItArrives({ target, timeStamp }: MouseEvent) {
  const button = target instanceof Element ? target.closest("button") : null;
  if (!button) return;
  clearTimeout(waiting?.timer);
  const since = waiting?.button === button ? waiting.since : timeStamp;
  const arrive = () => {
    clearTimeout(waiting?.timer);
    waiting = undefined;
  };
  button.addEventListener("click", arrive, { capture: true, once: true });
  const timer = window.setTimeout(() => {
    button.removeEventListener("click", arrive, true);
    if (button.isConnected && timeStamp - since < GIVES_UP_MS) button.click();
    else waiting = undefined;
  }, REPEAT_MS);
  waiting = { button, since, timer };
}
