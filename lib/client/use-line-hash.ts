import { useSyncExternalStore } from "react";

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

/** The line that the address names (`#L123`), and how to name another without leaving a trail of history. */
export function useLineHash(): [number | undefined, (line: number) => void] {
  const line = useSyncExternalStore(subscribe, readLine, () => undefined);
  const setLine = (next: number) => {
    window.history.replaceState(null, "", `#L${next}`);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  };
  return [line, setLine];
}

function readLine(): number | undefined {
  const digits = /^#L(\d{1,9})$/.exec(window.location.hash)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
