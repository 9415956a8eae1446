"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Button } from "./button";
import { ErrorPanel } from "./error-panel";
import { SkeletonRows } from "./skeleton";

/** The results of useQuery and useInfiniteQuery that a list needs. */
interface ListQuery {
  isPending: boolean;
  error: unknown;
  refetch: () => unknown;
  hasNextPage?: boolean;
  isFetchingNextPage?: boolean;
  fetchNextPage?: () => unknown;
}

interface Props<T> {
  query: ListQuery;
  items: readonly T[] | undefined;
  /** Shown for an empty list: an explanation, one action. */
  empty: ReactNode;
  skeleton?: ReactNode;
  children: (items: readonly T[]) => ReactNode;
}

/** Loading, error, empty and "load more" for every list. */
export function ListPanel<T>({ query, items, empty, skeleton, children }: Props<T>) {
  const t = useTranslations("common");
  if (items === undefined && query.error) return <ErrorPanel error={query.error} retry={query.refetch} />;
  if (items === undefined) return <div aria-busy="true">{skeleton ?? <SkeletonRows />}</div>;
  if (items.length === 0) return empty;
  return (
    <>
      {children(items)}
      {query.hasNextPage && (
        <div className="border-t p-2 text-center">
          <Button variant="ghost" busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage?.()}>
            {t("loadMore")}
          </Button>
        </div>
      )}
    </>
  );
}
