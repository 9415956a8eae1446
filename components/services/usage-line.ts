/** The drawing of a figure's minutes, as the paths of an SVG of the height 100 that is as wide as there are minutes. */
export function usageLine(minutes: readonly (number | null)[], top: number): { line: string; area: string } {
  const runs = runsOf(minutes).map(({ start, figures }) =>
    figures.map((figure, index) => `${start + index} ${Math.round(1_000 - (figure / top) * 1_000) / 10}`),
  );
  return {
    // A minute between two gaps is a line of no length, which round ends make a dot.
    line: runs.map((points) => `M${points.join("L")}${points.length === 1 ? "h0" : ""}`).join(""),
    area: runs.map((points) => `M${xOf(points.at(0))} 100L${points.join("L")}L${xOf(points.at(-1))} 100Z`).join(""),
  };
}

function xOf(point: string | undefined): string {
  return point?.split(" ", 1)[0] ?? "0";
}

interface Run {
  start: number;
  figures: number[];
}

/** What is known, without the gaps between. */
function runsOf(minutes: readonly (number | null)[]): Run[] {
  const runs: Run[] = [];
  for (const [index, figure] of minutes.entries()) {
    if (figure === null) continue;
    const last = runs.at(-1);
    if (last && last.start + last.figures.length === index) last.figures.push(figure);
    else runs.push({ start: index, figures: [figure] });
  }
  return runs;
}

export interface Mark {
  at: string;
  /** From 0, the first minute, to 1. */
  place: number;
}

/** Marks with their place. Those that are too close to the one before to have a label of their own are `isClose`. */
export function placed<Event extends { at: string }>(
  events: readonly Event[],
  { fromMs, lengthMs }: { fromMs: number; lengthMs: number },
): (Event & Mark & { isClose: boolean })[] {
  let labelled = Number.NEGATIVE_INFINITY;
  return events.map((event) => {
    const place = Math.min(1, Math.max(0, (Date.parse(event.at) - fromMs) / lengthMs));
    const isClose = place - labelled < LABEL_WIDTH;
    if (!isClose) labelled = place;
    return { ...event, place, isClose };
  });
}

/** Of a label, as a part of the narrowest chart. */
const LABEL_WIDTH = 0.12;

/** Restarts of the same quarter of an hour as one mark, so that a service that restarts all day has no thousand of them. */
export function inQuarters(restarts: readonly { at: string; count: number }[]): { at: string; count: number }[] {
  const quarters = new Map<number, { at: string; count: number }>();
  for (const { at, count } of restarts) {
    const quarter = Math.floor(Date.parse(at) / QUARTER_MS);
    const known = quarters.get(quarter);
    quarters.set(quarter, { at: known?.at ?? at, count: (known?.count ?? 0) + count });
  }
  return [...quarters.values()];
}

const QUARTER_MS = 15 * 60_000;

/** The highest of each hour, for a table; null where nothing is known of the hour. */
export function hourlyMax(minutes: readonly (number | null)[]): (number | null)[] {
  return Array.from({ length: Math.ceil(minutes.length / 60) }, (_, hour) => {
    const known = minutes.slice(hour * 60, hour * 60 + 60).filter((figure) => figure !== null);
    return known.length === 0 ? null : Math.max(...known);
  });
}
