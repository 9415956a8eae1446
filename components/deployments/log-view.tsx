"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useRef, useState } from "react";
import { useShortcut } from "@/components/ui/shortcuts";
import { useIsInBrowser } from "@/components/ui/use-is-in-browser";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import { LogList } from "./log-list";
import type { WholeLog } from "./log-source";
import { LogToolbar } from "./log-toolbar";
import { deploymentQueries, type LogFilter } from "./queries";
import { useLineHash, useLogSource } from "./use-log";

interface Props {
  view: DeploymentView;
  log: WholeLog;
  /** The filter in the address, so that it can be shared. */
  filter: LogFilter;
  onFilter: (change: Record<string, string | undefined>) => void;
  isLive: boolean;
  isConnected: boolean;
}

/** The output of all commands: live, searchable, and every line with an address of its own. */
export function LogView({ view, log, filter, onFilter, isLive, isConnected }: Props) {
  const t = useTranslations("log");
  const { phase, search = "" } = filter;
  const [isWrapped, setWrapped] = useKeptFlag("landfall-log-wrap");
  const section = useRef<HTMLElement>(null);
  const [line, setLine] = useLineHash();
  const [isFollowing, setFollowing] = useState(isLive && line === undefined);
  const source = useLogSource(view.id, log, { phase, search: search || undefined });
  useShortcut("f", () => setFollowing(!isFollowing));
  const pickLine = (next: number) => {
    setLine(next);
    setFollowing(false);
  };
  const startAt = useLastLineOf(view);
  const emptyText = phase || search ? t("noMatch") : t(isLive ? "empty" : "emptyFinished");
  return (
    <section
      ref={section}
      aria-label={t("title")}
      className="overflow-hidden rounded-lg border bg-surface fullscreen:flex fullscreen:flex-col fullscreen:rounded-none"
    >
      <LogToolbar
        view={view}
        source={source}
        phase={phase}
        onPhase={(next) => onFilter({ phase: next })}
        search={search}
        onSearch={(next) => onFilter({ search: next })}
        isWrapped={isWrapped}
        onWrapped={setWrapped}
        section={section}
        isFollowing={isFollowing}
        onFollowing={setFollowing}
        isLive={isLive}
        isConnected={isConnected}
      />
      <LogList
        source={source}
        search={search}
        showPhase={phase === undefined}
        startAt={startAt}
        isWrapped={isWrapped}
        line={line}
        onLine={pickLine}
        isFollowing={isFollowing}
        onFollowing={setFollowing}
        isLive={isLive}
        emptyText={emptyText}
      />
    </section>
  );
}

/** A failed deployment's log opens at the last line of the phase that failed. */
function useLastLineOf(view: DeploymentView): number | undefined {
  const failed = view.phases.find(({ status }) => status === "failed");
  const newest = useQuery({
    ...deploymentQueries.newestLines(view.id, view.logLines),
    enabled: failed !== undefined && isFinished(view.state),
  });
  return failed && newest.data?.findLast((row) => row.phase === failed.key)?.n;
}

/** A flag that is stored in this browser; the server does not need it. */
function useKeptFlag(name: string): [boolean, (value: boolean) => void] {
  const isInBrowser = useIsInBrowser();
  const [chosen, setChosen] = useState<boolean>();
  const kept = isInBrowser && window.localStorage.getItem(name) === "1";
  const set = (value: boolean) => {
    window.localStorage.setItem(name, value ? "1" : "0");
    setChosen(value);
  };
  return [chosen ?? kept, set];
}
