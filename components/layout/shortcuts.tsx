"use client";

import dynamic from "next/dynamic";
import { useEffect, useEffectEvent, useState } from "react";
import { useShortcut } from "@/components/ui/shortcuts";
import { useGo } from "./use-go";

/** Its code comes when it is first opened. */
const ShortcutList = dynamic(() => import("./shortcut-list"));

/** Keys that work on every page, and the dialog that lists them. `/` and `f` are bound where there is something to search or follow. */
export function Shortcuts() {
  const go = useGo();
  const [open, setOpen] = useState<boolean>();
  useShortcut("g o", () => go("/"));
  useShortcut("g s", () => go("/services"));
  useShortcut("g k", () => go("/stacks"));
  useShortcut("g d", () => go("/deployments"));
  useShortcut("?", () => setOpen(true));
  return open !== undefined && <ShortcutList open={open} onOpenChange={setOpen} />;
}

/** ⌘K and Ctrl K, also while one types. */
export function usePaletteKey(run: () => void): void {
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
