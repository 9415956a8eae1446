/** How often this process answered what, and how long that took altogether. */
export interface RequestCount {
  method: string;
  /** As the file that answers it is named: /api/services/[name]. */
  route: string;
  status: number;
  count: number;
  totalMs: number;
}

// Next loads a module once per route bundle; there is one list per process all the same.
const shared = globalThis as { landfallRequests?: Map<string, RequestCount> };
const counts = () => {
  shared.landfallRequests ??= new Map();
  return shared.landfallRequests;
};

/** Counts a request that was begun at `startedMs` (performance.now) and is answered now. */
export function countRequest(answered: { method: string; route: string; status: number; startedMs: number }): void {
  const { method, route, status, startedMs } = answered;
  const key = `${method} ${route} ${status}`;
  const known = counts().get(key) ?? { method, route, status, count: 0, totalMs: 0 };
  counts().set(key, { ...known, count: known.count + 1, totalMs: known.totalMs + performance.now() - startedMs });
}

export function requestCounts(): RequestCount[] {
  return [...counts().values()];
}

type Params = Record<string, string | string[] | undefined>;

/**
 * The route of a path: what its parameters filled in is named again. Whatever does not come out as a route of ours is
 * "other", so that no caller can make a new one by asking for it.
 */
export function routeOf(pathname: string, params: Params): string {
  const segments = pathname.split("/");
  for (const [name, value] of Object.entries(params)) {
    if (Array.isArray(value)) return "other";
    const at = segments.findLastIndex((segment) => segment === value || decoded(segment) === value);
    if (at === -1) return "other";
    segments[at] = `[${name}]`;
  }
  return segments.join("/");
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined; // not a name that any parameter could have
  }
}
