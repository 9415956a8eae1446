import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiProblem, type ApiProblemCode } from "./api";
import { reportConnection } from "./connection";

/**
 * No polling: changes arrive as events, and a page that regains focus refetches. A mutation invalidates queries without
 * waiting for them (`void`): its success is reported by the row that started it, which the refetched answer may remove.
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

/** Problems that a retry a moment later may solve; any other refusal would only be repeated. */
const PASSING: ReadonlySet<ApiProblemCode> = new Set(["offline", "unexpected", "database-unavailable"]);

function isWorthRetrying(failures: number, error: Error): boolean {
  return error instanceof ApiProblem && PASSING.has(error.code) && failures < 2;
}
