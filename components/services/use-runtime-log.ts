import { useEffect, useState } from "react";
import { pathOf } from "./queries";

const TAIL = 500;
/** More lines than a person reads; the host keeps the rest. */
const KEPT = 2_000;
/** Lines are shown in batches: a service with much output must not block the page. */
const SHOW_EVERY_MS = 120;

export interface RuntimeLine {
  n: number;
  text: string;
}

export type RuntimeLogState = "connecting" | "live" | "lost";

/**
 * The running service's own output while it is followed. A new connection starts with the newest lines again, so
 * earlier lines are cleared: each line appears once.
 */
export function useRuntimeLog(service: string, isFollowing: boolean) {
  const [lines, setLines] = useState<readonly RuntimeLine[]>([]);
  const [state, setState] = useState<RuntimeLogState>("connecting");

  useEffect(() => {
    if (!isFollowing) return;
    let waiting: RuntimeLine[] = [];
    let isFresh = true;
    let n = 0;
    const show = () => {
      if (waiting.length === 0) return;
      const [added, replaces] = [waiting, isFresh];
      waiting = [];
      isFresh = false;
      setLines((before) => [...(replaces ? [] : before), ...added].slice(-KEPT));
    };
    const timer = setInterval(show, SHOW_EVERY_MS);
    const source = new EventSource(`/api${pathOf(service)}/logs?tail=${TAIL}&follow=1`);
    source.onopen = () => {
      waiting = [];
      isFresh = true;
      setState("live");
    };
    source.onerror = () => setState(source.readyState === EventSource.CLOSED ? "lost" : "connecting");
    source.addEventListener("line", (message: MessageEvent<string>) => {
      n += 1;
      waiting.push({ n, text: String(JSON.parse(message.data)) });
    });
    return () => {
      clearInterval(timer);
      source.close();
    };
  }, [service, isFollowing]);

  return { lines, state };
}
