"use client";

import { useEffect } from "react";

export type MarkIcon = "running" | "succeeded" | "failed";

/**
 * Sets the title and the icon of a page whose state changes while it is open, so that its tab shows the state. The
 * router may write both after the page was rendered, so changes of them are observed.
 */
export function PageMark({ title, icon }: { title: string; icon?: MarkIcon | undefined }) {
  useEffect(() => {
    const wanted = `${title} · Landfall`;
    return keep((watch) => {
      // A title that arrives after the page is a child of the body, and React may change its text instead of replacing it.
      for (const element of document.querySelectorAll("head > title, body > title"))
        watch.observe(element, { childList: true, characterData: true, subtree: true });
      if (document.title !== wanted) document.title = wanted;
    });
  }, [title]);
  useEffect(() => {
    if (!icon) return;
    const usual = new Map<HTMLLinkElement, string>();
    const end = keep(() => {
      for (const link of document.querySelectorAll<HTMLLinkElement>("link[rel~=icon]")) {
        if (usual.has(link)) continue;
        usual.set(link, link.href);
        link.href = `/icon-${icon}.svg`;
      }
    });
    return () => {
      end();
      for (const [link, href] of usual) link.href = href;
    };
  }, [icon]);
  return null;
}

/** Calls `mark` now and whenever elements come or go in the head or directly in the body. Ends with what it returns. */
function keep(mark: (watch: MutationObserver) => void): () => void {
  const watch = new MutationObserver(() => mark(watch));
  for (const parent of [document.head, document.body]) watch.observe(parent, { childList: true });
  mark(watch);
  return () => watch.disconnect();
}
