import { useTimeZone, useTranslations } from "next-intl";
import { memo } from "react";
import { cn } from "@/components/ui/cn";
import type { LogRow } from "@/lib/client/log-rows";
import { AnsiText } from "./ansi-text";
import { formatLogTime } from "./format-log-time";

interface Props {
  /** Undefined while it is on its way. */
  row: LogRow | undefined;
  top: number;
  search: string;
  showPhase: boolean;
  isMarked: boolean;
  onLine: (line: number) => void;
}

/** Number (a link that can be shared), time, phase, text. */
export const LogLineRow = memo(function LogLineRow({ row, top, search, showPhase, isMarked, onLine }: Props) {
  const t = useTranslations("log");
  const timeZone = useTimeZone();
  const place = { transform: `translateY(${top}px)` };
  if (!row)
    return (
      <div aria-hidden className="absolute top-0 flex h-5 w-full items-center px-4" style={place}>
        <span className="h-2 w-64 rounded-sm bg-subtle" />
      </div>
    );
  const {
    n,
    phase,
    line: [ms, stream, text],
  } = row;
  return (
    <div
      className={cn(
        "absolute top-0 flex h-5 w-max min-w-full items-center whitespace-pre pe-4 leading-5 hover:bg-subtle",
        isMarked && "wash-warning",
      )}
      style={place}
    >
      <a
        href={`#L${n}`}
        aria-label={t("linkToLine", { line: n })}
        onClick={(event) => {
          event.preventDefault();
          onLine(n);
        }}
        className={cn(
          "w-15 shrink-0 select-none pe-3 text-end text-faint tabular-nums hover:text-foreground",
          isMarked && "font-semibold text-foreground",
        )}
      >
        {n}
      </a>
      <span className="w-26 shrink-0 select-none text-faint tabular-nums max-sm:hidden">
        {formatLogTime(ms, timeZone)}
      </span>
      {showPhase && <span className="w-24 shrink-0 select-none truncate pe-2 text-faint max-sm:hidden">{phase}</span>}
      <AnsiText text={text} stream={stream} search={search} />
    </div>
  );
});
