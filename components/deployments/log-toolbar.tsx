import { Download, Maximize, Minimize, WrapText } from "lucide-react";
import { useTranslations } from "next-intl";
import { type RefObject, useEffect, useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Select } from "@/components/ui/input";
import { SearchBox } from "@/components/ui/search-box";
import { Tooltip } from "@/components/ui/tooltip";
import { useIsInBrowser } from "@/components/ui/use-is-in-browser";
import type { DeploymentView } from "@/lib/contracts/deployment";
import type { PhaseKey } from "@/lib/contracts/phase";
import { type ObservedLog, useLogCount } from "./use-log";

interface Props {
  view: DeploymentView;
  source: ObservedLog;
  phase: PhaseKey | undefined;
  onPhase: (phase: PhaseKey | undefined) => void;
  search: string;
  onSearch: (search: string) => void;
  isWrapped: boolean;
  onWrapped: (isWrapped: boolean) => void;
  /** The element that fills the screen. */
  section: RefObject<HTMLElement | null>;
  isFollowing: boolean;
  onFollowing: (isFollowing: boolean) => void;
  isLive: boolean;
  isConnected: boolean;
}

export function LogToolbar(props: Props) {
  const { view, source, phase, onPhase, search, onSearch, isWrapped, onWrapped, section } = props;
  const { isFollowing, onFollowing, isLive, isConnected } = props;
  const t = useTranslations();
  const phaseOf = (value: string) => view.phases.find(({ key }) => key === value)?.key;
  return (
    <header className="flex flex-wrap items-center gap-2 border-b px-3 py-2 @lg/page:px-4">
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
        className="@lg/page:ms-auto @max-lg/page:order-2 @max-lg/page:shrink-0 @max-lg/page:basis-[calc(45%-0.5rem)]"
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
      <SearchBox
        label={t("log.search")}
        value={search}
        onChange={onSearch}
        className="@max-lg/page:order-2 @max-lg/page:shrink-0 @max-lg/page:basis-[55%] @lg/page:w-56"
      />
      {isLive && (
        <Tooltip text="f">
          <Button
            aria-pressed={isFollowing}
            onClick={() => onFollowing(!isFollowing)}
            className={cn("@max-lg/page:ms-auto", isFollowing && "border-accent-text text-accent-text")}
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
      <Tooltip text={t("log.wrap")}>
        <Button
          size="icon"
          aria-label={t("log.wrap")}
          aria-pressed={isWrapped}
          onClick={() => onWrapped(!isWrapped)}
          className={cn(!isLive && "@max-lg/page:ms-auto", isWrapped && "border-accent-text text-accent-text")}
        >
          <WrapText aria-hidden className="rtl:-scale-x-100" />
        </Button>
      </Tooltip>
      <FullScreenButton section={section} />
      <Button asChild size="icon">
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
    <span className="text-faint text-sm tabular-nums @max-lg/page:grow @max-lg/page:basis-2/5">
      {count !== undefined && t(isFiltered ? "log.matches" : "log.lines", { count })}
      {isLive && <> · {t(isConnected ? "deployment.live" : "deployment.reconnecting")}</>}
    </span>
  );
}

/** Absent where the browser supports full screen for video only. */
function FullScreenButton({ section }: { section: RefObject<HTMLElement | null> }) {
  const t = useTranslations("log");
  const [isFull, setFull] = useState(false);
  const isInBrowser = useIsInBrowser();
  useEffect(() => {
    const update = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", update);
    return () => document.removeEventListener("fullscreenchange", update);
  }, []);
  if (!isInBrowser || !document.fullscreenEnabled) return null;
  const Icon = isFull ? Minimize : Maximize;
  return (
    <Button
      size="icon"
      aria-label={t("fullScreen")}
      title={t("fullScreen")}
      aria-pressed={isFull}
      onClick={() => void (isFull ? document.exitFullscreen() : section.current?.requestFullscreen())}
    >
      <Icon aria-hidden />
    </Button>
  );
}
