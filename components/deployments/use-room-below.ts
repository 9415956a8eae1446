import { type RefObject, useLayoutEffect, useState } from "react";

/** What a phone's bar at the bottom covers, and the margin of a page. */
const BOTTOM_BAR_PX = 72;
const MARGIN_PX = 24;
const PHONE_PX = 640;

/**
 * How tall something may be to end where the window does while the page is at its top; undefined until it is known. It
 * changes with the window and with what is above.
 */
export function useRoomBelow(element: RefObject<HTMLElement | null>): number | undefined {
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
