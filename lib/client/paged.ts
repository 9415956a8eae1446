import { infiniteQueryOptions, keepPreviousData, type QueryKey } from "@tanstack/react-query";
import type * as z from "zod";
import { type Page, pageOf } from "@/lib/contracts/page";
import { api } from "./api";

/**
 * Options of a list that pages by key: the next page begins after the last id of the one before. What was there stays
 * until the answer to another filter has come.
 */
export function pagedOptions<T extends z.ZodType>(
  queryKey: QueryKey,
  path: string,
  item: T,
  filter: Record<string, string | undefined> = {},
) {
  const answer = pageOf(item);
  return infiniteQueryOptions({
    queryKey,
    queryFn: async ({ pageParam, signal }): Promise<Page<z.infer<T>>> =>
      (await api.get(path, answer, { query: { ...filter, after: pageParam }, signal })) as Page<z.infer<T>>,
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
}

/** The pages of such a list as one. */
export function allItems<T>(data: { pages: readonly Page<T>[] } | undefined): T[] | undefined {
  return data?.pages.flatMap((page) => page.items);
}
