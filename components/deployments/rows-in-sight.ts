import { type RefObject, useEffect, useLayoutEffect, useReducer, useRef, useState } from "react";

/** Rows drawn beyond each edge, so that a short scroll shows no gap. */
const BEYOND = 16;

interface List {
  count: number;
  /** The height of a row; where rows `vary`, the estimate for rows that were not drawn yet. */
  rowPx: number;
  vary: boolean;
  /** The number of last rows that are drawn before the visible ones are known. */
  atFirst: number;
}

/**
 * Which rows of a long list to draw, and the space to leave above and below them. Rows are in the page's order, so rows
 * that the server drew stay the same elements.
 */
export function useRowsInSight(scroller: RefObject<HTMLElement | null>, { count, rowPx, vary, atFirst }: List) {
  const [heights] = useState(() => new RowHeights(rowPx));
  const [sight, setSight] = useState<{ top: number; height: number }>();
  const [, redraw] = useReducer((version: number) => version + 1, 0);
  const rows = useRef<HTMLDivElement>(null);
  /** A row to keep in place when the rows around it turn out taller than estimated. */
  const aim = useRef<{ index: number; align: "center" | "end" }>(undefined);

  const first = sight ? Math.max(0, heights.indexAt(sight.top, count) - BEYOND) : Math.max(0, count - atFirst);
  const end = sight ? Math.min(count, heights.indexAt(sight.top + sight.height, count) + 1 + BEYOND) : count;

  const measure = () => {
    const element = scroller.current;
    if (element) setSight({ top: element.scrollTop, height: element.clientHeight });
  };
  const goToAim = () => {
    const element = scroller.current;
    if (!element || !aim.current) return;
    const { index, align } = aim.current;
    const [top, bottom] = [heights.topOf(index), heights.topOf(index + 1)];
    const isLast = index === count - 1;
    if (align === "center") element.scrollTop = (top + bottom - element.clientHeight) / 2;
    else element.scrollTop = isLast ? element.scrollHeight : bottom - element.clientHeight + rowPx;
    measure();
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the observer goes with the element
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, [scroller]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: every row is another height then
  useLayoutEffect(() => {
    heights.forget();
    redraw();
  }, [vary, heights]);

  useLayoutEffect(() => {
    if (!vary || !rows.current || !scroller.current) return;
    const firstSeen = heights.indexAt(scroller.current.scrollTop, count);
    const changes = [...rows.current.children].map((row, at) =>
      heights.set(first + at, row.getBoundingClientRect().height),
    );
    if (changes.every((change) => change === 0)) return;
    if (aim.current) goToAim();
    // The visible rows keep their position.
    else scroller.current.scrollTop += sumOf(changes.slice(0, Math.max(0, firstSeen - first)));
    redraw();
  });

  return {
    first,
    end,
    above: heights.topOf(first),
    below: heights.topOf(count) - heights.topOf(end),
    rows,
    measure,
    /** In effect until the reader scrolls. */
    goTo: (index: number, align: "center" | "end") => {
      aim.current = { index, align };
      goToAim();
    },
    releaseAim: () => {
      aim.current = undefined;
    },
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** The positions of a list's rows: all have the usual height, except for those that were measured. */
export class RowHeights {
  readonly #usual: number;
  /** By index: the difference from the usual height. */
  readonly #more = new Map<number, number>();

  constructor(usual: number) {
    this.#usual = usual;
  }

  /** Returns by how much this changes the known height of the row. */
  set(index: number, height: number): number {
    const [before, now] = [this.#more.get(index) ?? 0, height - this.#usual];
    if (now === 0) this.#more.delete(index);
    else this.#more.set(index, now);
    return now - before;
  }

  forget(): void {
    this.#more.clear();
  }

  /** From the top of the list to the top of a row; for the index after the last row, to the end. */
  topOf(index: number): number {
    let top = index * this.#usual;
    for (const [at, more] of this.#more) if (at < index) top += more;
    return top;
  }

  /** The row at this distance from the top of a list of `count` rows. */
  indexAt(top: number, count: number): number {
    let [low, high] = [0, Math.max(0, count - 1)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.topOf(middle) <= top) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
