import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { reportConnection } from "@/components/api/connection";
import { applyEvent, EVENT_TYPES } from "@/lib/contracts/apply-event";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { allowedOn } from "@/lib/contracts/deployment-state";
import type { DeploymentEvent, NumberedEvent } from "@/lib/contracts/event";
import { WholeLog } from "./log-source";
import { deploymentQueries, readLogOf } from "./queries";

/** Longer than the server's keep-alive: after a wake-up, a connection silent for this long counts as dead. */
const ASLEEP_MS = 20_000;
const TICK_MS = 5_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

interface Options {
  /** The address of the events after a given number. */
  url: (after: number) => string;
  /** The number of the newest known event. */
  after: () => number;
  onEvent: (event: NumberedEvent) => void;
  onConnection: (isUp: boolean) => void;
}

/**
 * Follows a deployment's events until it is closed. The browser repairs a short interruption itself (it sends
 * Last-Event-ID). Where it gives up, and when the machine wakes from sleep, a new connection continues after the newest
 * known number, so no event is missed or repeated.
 */
export function openEventStream(options: Options): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let waitMs = FIRST_WAIT_MS;
  let aliveAt = Date.now();
  let mayBeDead = false;

  const connect = () => {
    clearTimeout(retry);
    source?.close();
    source = new EventSource(options.url(options.after()));
    source.onopen = () => {
      waitMs = FIRST_WAIT_MS;
      options.onConnection(true);
    };
    source.onerror = () => {
      options.onConnection(false);
      if (source?.readyState !== EventSource.CLOSED) return;
      retry = setTimeout(connect, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    };
    for (const type of EVENT_TYPES) source.addEventListener(type, receive);
  };
  const receive = (message: MessageEvent<string>) => {
    // As the journal wrote it: a stream of twenty thousand lines a second is not validated a second time.
    const event = JSON.parse(message.data) as DeploymentEvent;
    options.onEvent({ number: Number(message.lastEventId), event });
  };
  const wake = () => {
    mayBeDead ||= Date.now() - aliveAt > ASLEEP_MS;
    aliveAt = Date.now();
    if (!mayBeDead || document.visibilityState !== "visible") return;
    mayBeDead = false;
    connect();
  };
  const tick = setInterval(wake, TICK_MS);
  window.addEventListener("online", connect);
  document.addEventListener("visibilitychange", wake);
  connect();

  return () => {
    clearInterval(tick);
    clearTimeout(retry);
    window.removeEventListener("online", connect);
    document.removeEventListener("visibilitychange", wake);
    source?.close();
  };
}

/** Keeps a deployment's view and log up to date while it runs; `log` updates itself. */
export function useDeploymentEvents(view: DeploymentView): { log: WholeLog; isLive: boolean; isConnected: boolean } {
  const cache = useQueryClient();
  const [log] = useState(() => {
    const newest = cache.getQueryData(deploymentQueries.newestLines(view.id, view.logLines).queryKey);
    return new WholeLog(readLogOf(view.id), view.logLines, newest);
  });
  const [isConnected, setConnected] = useState(true);
  const isLive = allowedOn(view).follow;
  const { id } = view;

  useEffect(() => log.grow(view.logLines), [log, view.logLines]);

  useEffect(() => {
    if (!isLive) return;
    const { queryKey } = deploymentQueries.detail(id);
    const known = () => cache.getQueryData(queryKey);
    const onEvent = (event: NumberedEvent) => {
      if (event.event.type === "log") log.append(event.event.phase, event.event.firstLine, event.event.lines);
      cache.setQueryData(queryKey, (before) => before && applyEvent(before, event));
    };
    const onConnection = (isUp: boolean) => {
      setConnected(isUp);
      reportConnection("events", isUp);
    };
    const close = openEventStream({
      url: (after) => `/api/deployments/${id}/events?after=${after}`,
      after: () => known()?.lastEvent ?? 0,
      onEvent,
      onConnection,
    });
    return () => {
      close();
      onConnection(true);
      // Events do not say which release is live now or which one a rollback would restore.
      void cache.invalidateQueries({ queryKey: deploymentQueries.all() });
    };
  }, [cache, id, isLive, log]);

  return { log, isLive, isConnected };
}
