"use client";

import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Button } from "./button";

const LIFE_MS = { succeeded: 5_000, failed: 12_000 };
/** A downward swipe of this length dismisses a notice. */
const SWIPE_PX = 40;
const none: readonly Notice[] = [];

/**
 * Notices, newest last. They stay while the pointer or the focus is on one of them, and while the window is inactive;
 * F8 moves the focus to them. Always rendered, because a screen reader only announces additions to a list it knows.
 */
export function ToastList() {
  const t = useTranslations("common");
  const toasts = useSyncExternalStore(subscribeToasts, readToasts, () => none);
  const [isHeld, setHeld] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  const [hold, release] = [() => setHeld(true), () => setHeld(false)];
  useEffect(() => {
    const onKeyDown = ({ key }: KeyboardEvent) => key === "F8" && list.current?.focus();
    const [onBlur, onFocus] = [() => setHeld(true), () => setHeld(false)];
    window.addEventListener("keydown", onKeyDown);
    window.addEventListener("blur", onBlur);
    window.addEventListener("focus", onFocus);
    return () => {
      window.removeEventListener("keydown", onKeyDown);
      window.removeEventListener("blur", onBlur);
      window.removeEventListener("focus", onFocus);
    };
  }, []);
  return (
    <ol
      ref={list}
      tabIndex={-1}
      aria-label={t("notice")}
      aria-live="polite"
      aria-relevant="additions"
      onPointerEnter={hold}
      onPointerLeave={release}
      onFocus={hold}
      onBlur={release}
      className="fixed inset-x-4 bottom-4 z-60 flex flex-col gap-2 outline-none max-sm:bottom-18 sm:start-auto sm:end-4 sm:w-88"
    >
      {toasts.map((notice) => (
        <Toast key={notice.id} notice={notice} isHeld={isHeld} onGone={release} />
      ))}
    </ol>
  );
}

function Toast({ notice, isHeld, onGone }: { notice: Notice; isHeld: boolean; onGone: () => void }) {
  const { id, tone, text } = notice;
  const t = useTranslations("common");
  const startY = useRef<number>(undefined);
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => dismissToast(id), LIFE_MS[tone]);
    return () => clearTimeout(timer);
  }, [id, tone, isHeld]);
  const dismiss = () => {
    dismissToast(id);
    onGone(); // an element that is removed under the pointer gets no pointerleave event
  };
  return (
    <li
      onKeyDown={({ key }) => key === "Escape" && dismiss()}
      onPointerDown={({ clientY }) => {
        startY.current = clientY;
      }}
      onPointerUp={({ clientY }) => startY.current !== undefined && clientY - startY.current > SWIPE_PX && dismiss()}
      className="fade-in-0 slide-in-from-bottom-2 flex animate-in touch-none items-start gap-2.5 rounded-lg border bg-surface py-2.5 ps-3 pe-2 shadow-float duration-150"
    >
      {tone === "failed" ? (
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-failed" />
      ) : (
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-succeeded" />
      )}
      <p className="min-w-0 flex-1 text-pretty">{text}</p>
      <Button variant="ghost" size="icon-sm" className="-my-1" aria-label={t("close")} onClick={dismiss}>
        <X aria-hidden />
      </Button>
    </li>
  );
}

/** The notices that `ToastList` shows. */
interface Notice {
  id: number;
  tone: "succeeded" | "failed";
  text: string;
}

let notices: readonly Notice[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function change(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

function add(tone: Notice["tone"], text: string): void {
  lastId += 1;
  change([...notices.filter((notice) => notice.text !== text).slice(-2), { id: lastId, tone, text }]);
}

export const toast = {
  succeeded: (text: string) => add("succeeded", text),
  failed: (text: string) => add("failed", text),
};

function dismissToast(id: number): void {
  change(notices.filter((notice) => notice.id !== id));
}

function readToasts(): readonly Notice[] {
  return notices;
}

function subscribeToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
