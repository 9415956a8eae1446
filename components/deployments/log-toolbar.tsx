import { Download, Search, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { Tooltip } from "@/components/ui/tooltip";
import { useShortcut } from "@/lib/client/shortcuts";
import { type ObservedLog, useLogCount } from "@/lib/client/use-log-source";
import { useProblemSentence } from "@/lib/client/use-problem-sentence";
import type { DeploymentView } from "@/lib/contracts/deployment";
import type { PhaseKey } from "@/lib/contracts/phase";

const TYPING_MS = 250;

interface Props {
  view: DeploymentView;
  source: ObservedLog;
  phase: PhaseKey | undefined;
  onPhase: (phase: PhaseKey | undefined) => void;
  search: string;
  onSearch: (search: string) => void;
  isFollowing: boolean;
  onFollowing: (isFollowing: boolean) => void;
  isLive: boolean;
  isConnected: boolean;
}

export function LogToolbar(props: Props) {
  const { view, source, phase, onPhase, search, onSearch, isFollowing, onFollowing, isLive, isConnected } = props;
  const t = useTranslations();
  const phaseOf = (value: string) => view.phases.find(({ key }) => key === value)?.key;
  return (
    <header className="flex flex-wrap items-center gap-2 border-b px-3 py-2 sm:px-4">
      <h2 className="font-medium">{t("log.title")}</h2>
      <LogStatus
        source={source}
        isFiltered={phase !== undefined || search !== ""}
        isLive={isLive}
        isConnected={isConnected}
      />
      <Select
        compact
        aria-label={t("log.phase")}
        className="sm:ms-auto max-sm:order-2 max-sm:shrink-0 max-sm:basis-[calc(45%-0.5rem)]"
        value={phase ?? ""}
        onChange={(event) => onPhase(phaseOf(event.target.value))}
      >
        <option value="">{t("log.allPhases")}</option>
        {view.phases.map(({ key }) => (
          <option key={key} value={key}>
            {t(`phases.${key}`)}
          </option>
        ))}
      </Select>
      <LogSearch search={search} onSearch={onSearch} />
      {isLive && (
        <Tooltip text="f">
          <Button
            aria-pressed={isFollowing}
            onClick={() => onFollowing(!isFollowing)}
            className={cn("max-sm:ms-auto", isFollowing && "border-accent-text text-accent-text")}
          >
            <span
              aria-hidden
              className={cn(
                "size-2 rounded-full",
                isFollowing ? "bg-accent-text" : "bg-line-strong",
                isFollowing && "breathe",
              )}
            />
            {t("log.follow")}
          </Button>
        </Tooltip>
      )}
      <Button asChild size="icon" className={cn(!isLive && "max-sm:ms-auto")}>
        <a
          href={`/api/deployments/${view.id}/logs?download=1`}
          download
          aria-label={t("log.download")}
          title={t("log.download")}
        >
          <Download aria-hidden />
        </a>
      </Button>
    </header>
  );
}

function LogStatus({
  source,
  isFiltered,
  isLive,
  isConnected,
}: {
  source: ObservedLog;
  isFiltered: boolean;
  isLive: boolean;
  isConnected: boolean;
}) {
  const t = useTranslations();
  const sentence = useProblemSentence();
  const { count, error } = useLogCount(source);
  if (error) return <span className="text-failed text-sm">{sentence(error)}</span>;
  return (
    <span className="text-faint text-sm tabular-nums max-sm:grow max-sm:basis-2/5">
      {count !== undefined && t(isFiltered ? "log.matches" : "log.lines", { count })}
      {isLive && <> · {t(isConnected ? "deployment.live" : "deployment.reconnecting")}</>}
    </span>
  );
}

/** Waits until one pauses: each search is a question to the server. */
function LogSearch({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const t = useTranslations();
  const [text, setText] = useState(search);
  const input = useRef<HTMLInputElement>(null);
  useShortcut("/", () => input.current?.focus());
  useEffect(() => {
    const timer = setTimeout(() => onSearch(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, onSearch]);
  return (
    <span className="relative max-sm:order-2 max-sm:shrink-0 max-sm:basis-[55%]">
      <Search aria-hidden className="pointer-events-none absolute inset-s-2.5 top-2 size-4 text-faint" />
      <Input
        ref={input}
        type="search"
        aria-label={t("log.search")}
        placeholder={t("log.search")}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && setText("")}
        className="h-8 px-8 text-sm w-full sm:w-56 [&::-webkit-search-cancel-button]:hidden"
      />
      {text && (
        <Button
          variant="ghost"
          size="icon-sm"
          className="absolute inset-e-0.5 top-0.5"
          aria-label={t("common.clearSearch")}
          onClick={() => setText("")}
        >
          <X aria-hidden />
        </Button>
      )}
    </span>
  );
}
