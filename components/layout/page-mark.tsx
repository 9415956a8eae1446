"use client";

import { useEffect } from "react";

export type MarkIcon = "running" | "succeeded" | "failed";

/**
 * Sets the title and the icon of a page whose state changes while it is open, so that its tab shows the state. The
 * router may replace both after the page was rendered, so changes of the head are observed.
 */
export function PageMark({ title, icon }: { title: string; icon?: MarkIcon | undefined }) {
  useEffect(() => {
    const usual = new Map<HTMLLinkElement, string>();
    const mark = () => {
      const wanted = `${title} · Landfall`;
      if (document.title !== wanted) document.title = wanted;
      for (const link of icon ? document.querySelectorAll<HTMLLinkElement>("link[rel~=icon]") : []) {
        if (usual.has(link)) continue;
        usual.set(link, link.href);
        link.href = `/icon-${icon}.svg`;
      }
    };
    mark();
    const watch = new MutationObserver(mark);
    // React may change the text of the present title element instead of replacing the element.
    watch.observe(document.head, { childList: true, subtree: true, characterData: true });
    return () => {
      watch.disconnect();
      for (const [link, href] of usual) link.href = href;
    };
  }, [title, icon]);
  return null;
}
