import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { useTranslations } from "next-intl";
import { type UIEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { type ObservedLog, useLogVersion } from "@/lib/client/use-log-source";
import { LogLineRow } from "./log-line-row";

const ROW_PX = 20;
/** This near to the end counts as at the end. */
const END_PX = 24;

interface Props {
  source: ObservedLog;
  search: string;
  showPhase: boolean;
  /** Where reading begins when the address names no line. */
  startAt: number | undefined;
  /** The line that the address names. */
  line: number | undefined;
  onLine: (line: number) => void;
  isFollowing: boolean;
  onFollowing: (isFollowing: boolean) => void;
  isLive: boolean;
  emptyText: string;
}

/** Draws only the rows in sight, so a hundred thousand lines scroll like a hundred. Left to right in every language. */
export function LogList({
  source,
  search,
  showPhase,
  startAt,
  line,
  onLine,
  isFollowing,
  onFollowing,
  isLive,
  emptyText,
}: Props) {
  const t = useTranslations("log");
  const scroller = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  /** A log that was live keeps its room when it ends: nothing moves under the reader. */
  const [keepsHeight] = useState(isLive);
  const version = useLogVersion(source);
  const count = source.count();
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 16,
  });
  const items = rows.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];

  // biome-ignore lint/correctness/useExhaustiveDependencies: a fetch that failed is tried again with the next version
  useEffect(() => {
    if (count > 0) source.ensure(first, last);
  }, [source, first, last, count, version]);

  useEffect(() => {
    if (isFollowing && count > 0) rows.scrollToIndex(count - 1, { align: "end" });
  }, [isFollowing, count, rows]);

  const index = line === undefined ? undefined : source.indexOf(line);
  useEffect(() => {
    if (index !== undefined) rows.scrollToIndex(index, { align: "center" });
  }, [index, rows]);

  const startIndex = startAt === undefined || line !== undefined ? undefined : source.indexOf(startAt);
  useEffect(() => {
    if (startIndex !== undefined) rows.scrollToIndex(startIndex, { align: "end" });
  }, [startIndex, rows]);

  /** Whoever scrolls up wants to read: following stops, and nothing moves under their eyes any more. */
  const onScroll = ({ currentTarget: { scrollTop, scrollHeight, clientHeight } }: UIEvent<HTMLDivElement>) => {
    const isAtEnd = scrollHeight - scrollTop - clientHeight < END_PX;
    if (isFollowing && scrollTop < lastTop.current && !isAtEnd) onFollowing(false);
    lastTop.current = scrollTop;
  };

  return (
    <div className="relative">
      <div
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label={t("title")}
        dir="ltr"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
        tabIndex={0}
        onScroll={onScroll}
        className={cn(
          "min-h-40 overflow-auto overscroll-contain py-2 text-start font-mono text-xs focus-visible:outline-offset-[-2px]",
          keepsHeight ? "h-[min(68dvh,44rem)]" : "max-h-[min(68dvh,44rem)]",
        )}
      >
        {count === 0 ? (
          <p className="px-4 py-6 text-center font-sans text-base text-muted">{emptyText}</p>
        ) : (
          <div className="relative w-full" style={{ height: rows.getTotalSize() }}>
            {items.map(({ index: at, start }) => (
              <LogLineRow
                key={at}
                row={source.at(at)}
                top={start}
                search={search}
                showPhase={showPhase}
                isMarked={at === index}
                onLine={onLine}
              />
            ))}
          </div>
        )}
      </div>
      {isLive && !isFollowing && count > 0 && (
        <Button className="absolute inset-e-4 bottom-3 rounded-full shadow-float" onClick={() => onFollowing(true)}>
          <ArrowDown aria-hidden />
          {t("toEnd")}
        </Button>
      )}
    </div>
  );
}
