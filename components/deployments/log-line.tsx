import { useTimeZone, useTranslations } from "next-intl";
import { memo } from "react";
import { cn } from "@/components/ui/cn";
import { AnsiText } from "./ansi-text";
import type { LogRow } from "./queries";

interface Props {
  /** Undefined while it is being fetched. */
  row: LogRow | undefined;
  /** Long lines are wrapped instead of scrolling sideways. */
  isWrapped: boolean;
  search: string;
  showPhase: boolean;
  isMarked: boolean;
  onLine: (line: number) => void;
}

/** Number (a link to share), time, phase, text. */
export const LogLineRow = memo(function LogLineRow(props: Props) {
  const { row, isWrapped, search, showPhase, isMarked, onLine } = props;
  const t = useTranslations("log");
  const timeZone = useTimeZone();
  if (!row)
    return (
      <div aria-hidden className="flex h-6 w-full items-center px-4">
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
        "flex pe-4 leading-6 hover:bg-subtle",
        isWrapped ? "w-full whitespace-pre-wrap break-all" : "h-6 w-max min-w-full whitespace-pre",
        isMarked && "wash-warning",
      )}
    >
      <a
        href={`#L${n}`}
        aria-label={t("linkToLine", { line: n })}
        onClick={(event) => {
          event.preventDefault();
          onLine(n);
        }}
        className={cn(
          "h-6 w-15 shrink-0 select-none pe-3 text-end text-faint tabular-nums hover:text-foreground",
          isMarked && "font-semibold text-foreground",
        )}
      >
        {n}
      </a>
      <span className="w-26 shrink-0 select-none text-faint tabular-nums @max-lg/page:hidden">
        {formatLogTime(ms, timeZone)}
      </span>
      {showPhase && (
        <span className="w-24 shrink-0 select-none truncate pe-2 text-faint @max-lg/page:hidden">{phase}</span>
      )}
      <AnsiText text={text} stream={stream} search={search} />
    </div>
  );
});

const formats = new Map<string | undefined, Intl.DateTimeFormat>();

/** `14:02:15.204`, in the reader's time zone. */
export function formatLogTime(epochMs: number, timeZone: string | undefined): string {
  const known = formats.get(timeZone);
  const format = known ?? makeFormat(timeZone);
  if (!known) formats.set(timeZone, format);
  return format.format(epochMs);
}

/** English in every language of the page: only the order of its parts is used. */
function makeFormat(timeZone: string | undefined): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
    timeZone,
  });
}
