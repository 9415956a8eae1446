import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { applyEvent } from "@/lib/contracts/apply-event";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { allowedOn } from "@/lib/contracts/deployment-state";
import type { NumberedEvent } from "@/lib/contracts/event";
import { reportConnection } from "./connection";
import { deploymentQueries } from "./deployments";
import { openEventStream } from "./event-stream";
import { readLogOf } from "./log-rows";
import { WholeLog } from "./whole-log";

/** Keeps a deployment's view and log up to date while it moves; `log` grows by itself. */
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
      // What serves now, the release and the way back are not in the events.
      void cache.invalidateQueries({ queryKey: deploymentQueries.all() });
    };
  }, [cache, id, isLive, log]);

  return { log, isLive, isConnected };
}
