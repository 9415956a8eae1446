import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiProblem, type ApiProblemCode } from "./api";
import { reportConnection } from "./connection";

/**
 * No polling: what changes by itself arrives as an event, and a page that is looked at again asks again. A mutation has
 * queries asked again without waiting for them (`void`): its success is told by the row it began in, which may be gone
 * with their answer.
 */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => reportConnection("queries", !isOffline(error)),
      onSuccess: () => reportConnection("queries", true),
    }),
    defaultOptions: {
      queries: { staleTime: 10_000, retry: isWorthRetrying },
      mutations: { retry: false },
    },
  });
}

function isOffline(error: Error): boolean {
  return error instanceof ApiProblem && error.code === "offline";
}

/** What may have passed a moment later; an answer of ours that says no will say it again. */
const PASSING: ReadonlySet<ApiProblemCode> = new Set(["offline", "unexpected", "database-unavailable"]);

function isWorthRetrying(failures: number, error: Error): boolean {
  return error instanceof ApiProblem && PASSING.has(error.code) && failures < 2;
}
