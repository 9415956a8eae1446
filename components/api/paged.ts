import { infiniteQueryOptions, keepPreviousData, type QueryKey } from "@tanstack/react-query";
import type { Page } from "@/lib/contracts/page";
import { type Answer, type AnswerName, api } from "./api";

/**
 * Options of a list that pages by key: the next page begins after the last id of the previous one. The old items stay
 * until the answer to a new filter has arrived.
 */
export function pagedOptions<N extends AnswerName>(
  queryKey: QueryKey,
  path: string,
  item: N,
  filter: Record<string, string | undefined> = {},
) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => api.page(path, item, { query: { ...filter, after: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
}

/** All loaded pages of such a list as one array. */
export function allItems<T>(data: { pages: readonly Page<T>[] } | undefined): T[] | undefined {
  return data?.pages.flatMap((page) => page.items);
}

/** Every page of such a list, for a choice that needs all items. */
export async function everyItem<N extends AnswerName>(
  path: string,
  item: N,
  signal: AbortSignal,
): Promise<Answer<N>[]> {
  const items: Answer<N>[] = [];
  let after: string | null = null;
  do {
    const page: Page<Answer<N>> = await api.page(path, item, { query: { after, limit: 100 }, signal });
    items.push(...page.items);
    after = page.next;
  } while (after !== null);
  return items;
}
