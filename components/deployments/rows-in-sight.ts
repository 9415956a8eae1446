import { type RefObject, useEffect, useLayoutEffect, useReducer, useRef, useState } from "react";

/** Drawn beyond each edge, so that a scroll of a few rows shows no gap. */
const BEYOND = 16;

interface List {
  count: number;
  /** How tall a row is; where rows `vary`, what is expected of those that were not drawn yet. */
  rowPx: number;
  vary: boolean;
  /** How many of the last rows are drawn before it is known which are in sight. */
  atFirst: number;
}

/**
 * Which rows of a long list to draw, and how much room to leave above and below them. Rows lie in the order of the page,
 * so those that the server drew stay the same elements.
 */
export function useRowsInSight(scroller: RefObject<HTMLElement | null>, { count, rowPx, vary, atFirst }: List) {
  const [heights] = useState(() => new RowHeights(rowPx));
  const [sight, setSight] = useState<{ top: number; height: number }>();
  const [, redraw] = useReducer((version: number) => version + 1, 0);
  const rows = useRef<HTMLDivElement>(null);
  /** A row to be kept in place while those around it turn out taller than expected. */
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
    // What is being read stays where it is.
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
    /** Until the reader scrolls. */
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

/** Where the rows of a list lie whose rows are as tall as usual, except for those that were measured to be otherwise. */
export class RowHeights {
  readonly #usual: number;
  /** By index: how much taller than usual. */
  readonly #more = new Map<number, number>();

  constructor(usual: number) {
    this.#usual = usual;
  }

  /** Answers by how much this changes what was known of the row. */
  set(index: number, height: number): number {
    const [before, now] = [this.#more.get(index) ?? 0, height - this.#usual];
    if (now === 0) this.#more.delete(index);
    else this.#more.set(index, now);
    return now - before;
  }

  forget(): void {
    this.#more.clear();
  }

  /** From the top of the list to the top of a row; to its end for the row after the last one. */
  topOf(index: number): number {
    let top = index * this.#usual;
    for (const [at, more] of this.#more) if (at < index) top += more;
    return top;
  }

  /** The row at this distance from the top of a list of so many. */
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
