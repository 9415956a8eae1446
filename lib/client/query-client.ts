import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "./api-problem";
import { reportConnection } from "./connection";

/** No polling: what changes by itself arrives as an event, and a page that is looked at again asks again. */
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

function isWorthRetrying(failures: number, error: Error): boolean {
  const passes = error instanceof ApiProblem && (error.code === "offline" || error.status >= 500);
  return passes && failures < 2;
}
