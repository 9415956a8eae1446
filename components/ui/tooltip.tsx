"use client";

import { Slot } from "radix-ui";
import { type ReactElement, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { cn } from "./cn";

const DELAY_MS = 350;
const GAP_PX = 6;
const MARGIN_PX = 8;

interface Props {
  text: ReactNode;
  /** Beside the control, towards the end of the line, instead of above it. */
  beside?: boolean;
  className?: string;
  children: ReactElement;
}

/**
 * Adds detail to something that is understandable without it; a control still needs its own name. Not Radix's tooltip,
 * because every page has dozens and it adds a positioning library to the first load.
 */
export function Tooltip({ text, beside, className, children }: Props) {
  const id = useId();
  const trigger = useRef<HTMLElement>(null);
  const [isWanted, setWanted] = useState<"soon" | "now" | false>(false);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!isWanted) return setOpen(false);
    const timer = setTimeout(() => setOpen(true), isWanted === "now" ? 0 : DELAY_MS);
    const onKeyDown = ({ key }: KeyboardEvent) => key === "Escape" && setWanted(false);
    const close = () => setWanted(false);
    window.addEventListener("keydown", onKeyDown);
    window.addEventListener("scroll", close, { capture: true, passive: true });
    return () => {
      clearTimeout(timer);
      window.removeEventListener("keydown", onKeyDown);
      window.removeEventListener("scroll", close, { capture: true });
    };
  }, [isWanted]);
  return (
    <>
      <Slot.Root
        ref={trigger}
        aria-describedby={isOpen ? id : undefined}
        onPointerEnter={({ pointerType }) => pointerType === "mouse" && setWanted("soon")}
        onPointerLeave={() => setWanted(false)}
        onPointerDown={() => setWanted(false)}
        onFocus={({ currentTarget }) => currentTarget.matches(":focus-visible") && setWanted("now")}
        onBlur={() => setWanted(false)}
      >
        {children}
      </Slot.Root>
      {isOpen &&
        createPortal(
          <Bubble id={id} trigger={trigger.current} beside={beside} className={className}>
            {text}
          </Bubble>,
          document.body,
        )}
    </>
  );
}

interface BubbleProps {
  id: string;
  trigger: HTMLElement | null;
  beside: boolean | undefined;
  className: string | undefined;
  children: ReactNode;
}

/** Above its control, or below where there is no room; never outside the window. */
function Bubble({ id, trigger, beside, className, children }: BubbleProps) {
  const bubble = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const [at, own] = [trigger?.getBoundingClientRect(), bubble.current?.getBoundingClientRect()];
    if (!at || !own || !bubble.current) return;
    const { left, top } = beside ? besideOf(at, own) : aboveOf(at, own);
    bubble.current.style.left = `${between(MARGIN_PX, left, window.innerWidth - own.width - MARGIN_PX)}px`;
    bubble.current.style.top = `${between(MARGIN_PX, top, window.innerHeight - own.height - MARGIN_PX)}px`;
  }, [trigger, beside]);
  return (
    <span
      ref={bubble}
      id={id}
      role="tooltip"
      className={cn(
        "pointer-events-none fixed top-0 z-60 w-max max-w-80 rounded-md border bg-surface px-2 py-1 text-foreground text-xs shadow-float",
        className,
      )}
    >
      {children}
    </span>
  );
}

function aboveOf(at: DOMRect, own: DOMRect): { left: number; top: number } {
  const above = at.top - own.height - GAP_PX;
  return { left: at.left + (at.width - own.width) / 2, top: above < MARGIN_PX ? at.bottom + GAP_PX : above };
}

function besideOf(at: DOMRect, own: DOMRect): { left: number; top: number } {
  const isRightToLeft = document.documentElement.dir === "rtl";
  return {
    left: isRightToLeft ? at.left - own.width - GAP_PX : at.right + GAP_PX,
    top: at.top + (at.height - own.height) / 2,
  };
}

function between(least: number, wanted: number, most: number): number {
  return Math.max(least, Math.min(wanted, most));
}
