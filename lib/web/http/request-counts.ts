/** The number of this process's responses of one kind, and their total duration. */
export interface RequestCount {
  method: string;
  /** The path of its route file: /api/services/[name]. */
  route: string;
  status: number;
  count: number;
  totalMs: number;
}

// Next loads a module once per route bundle, so the list is shared through globalThis.
const shared = globalThis as { landfallRequests?: Map<string, RequestCount> };
const counts = () => {
  shared.landfallRequests ??= new Map();
  return shared.landfallRequests;
};

/** Counts a request that began at `startedMs` (performance.now) and ends now. */
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
 * The route of a path: the values of its parameters are replaced by their names. An unknown path is "other", so that a
 * caller cannot create new routes in the counts.
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
    return undefined; // no parameter can have this name
  }
}
