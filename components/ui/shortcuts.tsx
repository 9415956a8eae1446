import { type ReactNode, useEffect, useEffectEvent } from "react";

const SEQUENCE_MS = 900;

let pending: { key: string; at: number } | undefined;
const bound = new Map<string, Set<() => void>>();

/**
 * Binds `f` or a sequence as `g d` while the component is mounted. Inactive during typing, and never with a modifier:
 * those belong to the browser and to assistive technology. The newest binding of a key wins.
 */
export function useShortcut(keys: string, run: () => void): void {
  const latest = useEffectEvent(run);
  useEffect(() => bind(keys, () => latest()), [keys]);
}

export function bind(keys: string, run: () => void): () => void {
  if (bound.size === 0) window.addEventListener("keydown", onKeyDown);
  const runs = bound.get(keys) ?? new Set();
  bound.set(keys, runs.add(run));
  return () => {
    runs.delete(run);
    if (runs.size === 0) bound.delete(keys);
    if (bound.size === 0) window.removeEventListener("keydown", onKeyDown);
  };
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
  const first = pending && event.timeStamp - pending.at < SEQUENCE_MS ? pending.key : undefined;
  pending = undefined;
  const runs = (first && bound.get(`${first} ${event.key}`)) || bound.get(event.key);
  const run = runs && [...runs].at(-1);
  if (run) {
    event.preventDefault();
    run();
  } else if (startsSequence(event.key)) {
    pending = { key: event.key, at: event.timeStamp };
  }
}

/** Runs the action that a key is bound to, from a menu that names it. */
export function press(keys: string): void {
  [...(bound.get(keys) ?? [])].at(-1)?.();
}

function startsSequence(key: string): boolean {
  return [...bound.keys()].some((keys) => keys.startsWith(`${key} `));
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input, textarea, select, [role=dialog], [role=menu]") !== null;
}

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd
      dir="ltr"
      className="inline-flex h-5 min-w-5 items-center justify-center rounded-sm border bg-subtle px-1 font-sans text-muted text-xs"
    >
      {children}
    </kbd>
  );
}
