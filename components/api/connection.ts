import { useSyncExternalStore } from "react";

/** Queries and event streams report here whether they reach the server; one notice on the page shows the result. */
const down = new Set<string>();
const listeners = new Set<() => void>();

export function reportConnection(source: string, isUp: boolean): void {
  const before = down.size;
  if (isUp) down.delete(source);
  else down.add(source);
  if (down.size === before) return;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

export function isConnected(): boolean {
  return navigator.onLine && down.size === 0;
}

export function useIsConnected(): boolean {
  return useSyncExternalStore(subscribe, isConnected, () => true);
}
