import { useNow } from "next-intl";
import { useSyncExternalStore } from "react";

const clocks = new Map<number, ReturnType<typeof makeClock>>();

/** One interval for everything on the page that ticks at the same rate, so that all of it moves together. */
function makeClock(everyMs: number) {
  const listeners = new Set<() => void>();
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = () => {
    now = Date.now();
    for (const listener of listeners) listener();
  };
  return {
    read: () => now,
    subscribe(listener: () => void) {
      listeners.add(listener);
      if (listeners.size === 1) timer = setInterval(tick, everyMs);
      now = Date.now();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
  };
}

function clockOf(everyMs: number) {
  const known = clocks.get(everyMs);
  if (known) return known;
  const clock = makeClock(everyMs);
  clocks.set(everyMs, clock);
  return clock;
}

const never = () => () => {};

/**
 * The time in epoch milliseconds, again and again; with `active` false it stands still. The first rendering of a document
 * uses the server's own moment, so it hydrates as it was.
 */
export function useClock(everyMs: number, active = true): number {
  const rendered = useNow().getTime();
  const clock = clockOf(everyMs);
  return (
    useSyncExternalStore(active ? clock.subscribe : never, active ? clock.read : readNothing, readNothing) ?? rendered
  );
}

function readNothing(): null {
  return null;
}
