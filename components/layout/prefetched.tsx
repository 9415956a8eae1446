import { dehydrate, HydrationBoundary, QueryClient, type QueryKey } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Page } from "@/lib/contracts/page";

type Prefetch = (client: QueryClient) => Promise<void>;

/** Reads a query's answer on the server, so that the page arrives with data. The browser retries a failed read. */
export function prefetch<T>(query: { queryKey: QueryKey }, read: () => Promise<T>): Prefetch {
  return (client) => client.prefetchQuery({ queryKey: query.queryKey, queryFn: read });
}

/** The same for the first page of a list that pages by key. */
export function prefetchPage<T>(query: { queryKey: QueryKey }, read: () => Promise<Page<T>>): Prefetch {
  return (client) => client.prefetchInfiniteQuery({ queryKey: query.queryKey, queryFn: read, initialPageParam: null });
}

export async function Prefetched({ queries, children }: { queries: readonly Prefetch[]; children: ReactNode }) {
  const client = new QueryClient();
  await Promise.all(queries.map((run) => run(client)));
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>;
}
