"use client";

import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { memo, useEffect, useRef, useState } from "react";
import { AnsiText } from "@/components/deployments/ansi-text";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { useShortcut } from "@/components/ui/shortcuts";
import { pathOf } from "./queries";
import { type RuntimeLine, useRuntimeLog } from "./use-runtime-log";

/** Nearer to the end than this, the view follows new lines. */
const END_PX = 40;

const EMPTY = { connecting: "connecting", live: "empty", lost: "unreachable" } as const;

/** The service's own live output. Scrolling up stops following; scrolling to the end resumes it. */
export function RuntimeLog({ name }: { name: string }) {
  const t = useTranslations("runtimeLog");
  const [isFollowing, setFollowing] = useState(true);
  const { lines, state } = useRuntimeLog(name, isFollowing);
  useShortcut("f", () => setFollowing(!isFollowing));
  return (
    <section className="overflow-hidden rounded-lg border bg-surface">
      <header className="flex flex-wrap items-center gap-2 border-b px-4 py-2">
        <h2 className="font-medium">{t("title")}</h2>
        <span role="status" className={cn("text-sm", state === "lost" ? "text-failed" : "text-faint")}>
          {t(isFollowing ? state : "paused")}
        </span>
        <Button
          aria-pressed={isFollowing}
          title="f"
          onClick={() => setFollowing(!isFollowing)}
          className={cn("ms-auto", isFollowing && "border-accent-text text-accent-text")}
        >
          <span
            aria-hidden
            className={cn(
              "size-2 rounded-full",
              isFollowing ? "bg-accent-text" : "bg-line-strong",
              isFollowing && state === "live" && "breathe",
            )}
          />
          {t("follow")}
        </Button>
        <Button asChild size="icon">
          <a href={`/api${pathOf(name)}/logs?tail=10000`} download aria-label={t("download")} title={t("download")}>
            <Download aria-hidden />
          </a>
        </Button>
      </header>
      <Lines lines={lines} label={t("title")} empty={t(EMPTY[state])} />
    </section>
  );
}

function Lines({ lines, label, empty }: { lines: readonly RuntimeLine[]; label: string; empty: string }) {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is new lines that make the end move
  useEffect(() => {
    if (isAtEnd.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [lines]);
  const remember = () => {
    const { scrollHeight, scrollTop, clientHeight } = box.current ?? { scrollHeight: 0, scrollTop: 0, clientHeight: 0 };
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < END_PX;
  };
  if (lines.length === 0) return <p className="px-4 py-16 text-center text-muted">{empty}</p>;
  return (
    <div
      ref={box}
      role="log"
      aria-live="off"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard
      tabIndex={0}
      dir="ltr"
      onScroll={remember}
      className="figures h-[min(70dvh,44rem)] overflow-auto py-2 text-xs leading-5 focus-visible:outline-offset-[-2px]"
    >
      {lines.map((line) => (
        <Line key={line.n} text={line.text} />
      ))}
    </div>
  );
}

const Line = memo(function Line({ text }: { text: string }) {
  return (
    <div className="whitespace-pre-wrap break-all px-4 hover:bg-subtle">
      <AnsiText text={text} stream="o" />
    </div>
  );
});
