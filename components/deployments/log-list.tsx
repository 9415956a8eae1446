import { ArrowDown } from "lucide-react";
import { useTranslations } from "next-intl";
import { type RefObject, type UIEvent, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { useIsInBrowser } from "@/components/ui/use-is-in-browser";
import { LogLineRow } from "./log-line";
import { useRowsInSight } from "./rows-in-sight";
import { type ObservedLog, useLogVersion } from "./use-log";

/** The minimum height of something that can be pressed: each line's number is a link. */
const ROW_PX = 24;
/** The rows of a log's end in the first rendering, before the browser has measured anything: they fill its height. */
const FIRST_ROWS = 30;
/** A distance from the end that still counts as the end. */
const END_PX = 24;

/** The height that a phone's bottom bar covers, plus the margin of a page. */
const BOTTOM_BAR_PX = 72;
const MARGIN_PX = 24;
const PHONE_PX = 640;

interface Props {
  source: ObservedLog;
  search: string;
  showPhase: boolean;
  /** The line where reading begins when the address names none. */
  startAt: number | undefined;
  isWrapped: boolean;
  /** The line that the address names. */
  line: number | undefined;
  onLine: (line: number) => void;
  isFollowing: boolean;
  onFollowing: (isFollowing: boolean) => void;
  isLive: boolean;
  emptyText: string;
}

/** Draws only the visible rows, so a hundred thousand lines scroll like a hundred. Left to right in every language. */
export function LogList({
  source,
  search,
  showPhase,
  startAt,
  isWrapped,
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
  /** A live log keeps its height when it ends: nothing moves while someone reads. */
  const [keepsHeight] = useState(isLive);
  const room = useRoomBelow(scroller);
  const isMeasured = useIsInBrowser();
  const version = useLogVersion(source);
  const count = source.count();
  const rows = useRowsInSight(scroller, { count, rowPx: ROW_PX, vary: isWrapped, atFirst: FIRST_ROWS });
  const { first, end } = rows;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a fetch that failed is tried again with the next version
  useEffect(() => {
    if (isMeasured && end > first) source.ensure(first, end - 1);
  }, [isMeasured, source, first, end, version]);

  const goTo = useEffectEvent(rows.goTo);
  useLayoutEffect(() => {
    if (isMeasured && isFollowing && count > 0) goTo(count - 1, "end");
  }, [isMeasured, isFollowing, count]);

  /** Reading begins with the newest lines, which arrived with the page and are already drawn. */
  const begin = useEffectEvent(() => {
    if (line === undefined && startAt === undefined && count > 0) rows.goTo(count - 1, "end");
  });
  useLayoutEffect(() => {
    if (isMeasured) begin();
  }, [isMeasured]);

  const index = line === undefined ? undefined : source.indexOf(line);
  useLayoutEffect(() => {
    if (isMeasured && index !== undefined) goTo(index, "center");
  }, [isMeasured, index]);

  const startIndex = startAt === undefined || line !== undefined ? undefined : source.indexOf(startAt);
  useLayoutEffect(() => {
    if (isMeasured && startIndex !== undefined) goTo(startIndex, "end");
  }, [isMeasured, startIndex]);

  /** Scrolling up stops following: nothing moves any more while someone reads. */
  const onScroll = ({ currentTarget: { scrollTop, scrollHeight, clientHeight } }: UIEvent<HTMLDivElement>) => {
    const isAtEnd = scrollHeight - scrollTop - clientHeight < END_PX;
    if (isFollowing && scrollTop < lastTop.current && !isAtEnd) onFollowing(false);
    lastTop.current = scrollTop;
    rows.measure();
  };

  return (
    <div className="relative in-[:fullscreen]:flex in-[:fullscreen]:min-h-0 in-[:fullscreen]:flex-1 in-[:fullscreen]:flex-col">
      <div
        ref={scroller}
        role="log"
        aria-live="off"
        aria-busy={!isMeasured}
        aria-label={t("title")}
        dir="ltr"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
        tabIndex={0}
        onScroll={onScroll}
        onWheel={rows.releaseAim}
        onPointerDown={rows.releaseAim}
        onKeyDown={rows.releaseAim}
        style={keepsHeight && room ? { height: room } : undefined}
        className={cn(
          // Always a flex box: changing whether an element is one repaints it with everything in it.
          "flex min-h-60 flex-col overflow-auto overscroll-contain [overflow-anchor:none] py-2 text-start font-mono text-xs focus-visible:outline-offset-[-2px] in-[:fullscreen]:h-auto! in-[:fullscreen]:max-h-none in-[:fullscreen]:flex-1",
          keepsHeight ? "h-[min(68dvh,44rem)]" : "max-h-[min(68dvh,44rem)]",
          !isMeasured && "justify-end overflow-hidden",
        )}
      >
        {count === 0 && (
          <p dir="auto" className="px-4 py-6 text-center font-sans text-base text-muted">
            {emptyText}
          </p>
        )}
        {count > 0 && (
          <div
            ref={rows.rows}
            className="w-full shrink-0"
            style={{ paddingTop: rows.above, paddingBottom: rows.below }}
          >
            {Array.from({ length: end - first }, (_, at) => source.at(first + at)).map((row, at) => (
              <LogLineRow
                key={row?.n ?? `at ${first + at}`}
                row={row}
                isWrapped={isWrapped}
                search={search}
                showPhase={showPhase}
                isMarked={first + at === index}
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

/**
 * The height at which an element ends with the window while the page is at its top; undefined until it is known. It
 * changes with the window and with the elements above.
 */
function useRoomBelow(element: RefObject<HTMLElement | null>): number | undefined {
  const [room, setRoom] = useState<number>();
  useLayoutEffect(() => {
    const update = () => {
      const top = element.current && element.current.getBoundingClientRect().top + window.scrollY;
      const below = window.innerWidth < PHONE_PX ? BOTTOM_BAR_PX : MARGIN_PX;
      if (top !== null) setRoom(Math.round(window.innerHeight - top - below));
    };
    update();
    const watch = new ResizeObserver(update);
    watch.observe(document.body);
    window.addEventListener("resize", update);
    return () => {
      watch.disconnect();
      window.removeEventListener("resize", update);
    };
  }, [element]);
  return room;
}
