import { Card } from "@/components/ui/card";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";
import { Page } from "./page";

/** The shape of a page with one list while it loads. */
export function ListSkeleton({ withFilters }: { withFilters?: boolean }) {
  return (
    <Page>
      <div className="mb-5 flex h-12 items-center gap-4">
        <Skeleton className="h-7 w-48" />
        <Skeleton className="ms-auto h-8 w-28" />
      </div>
      {withFilters && <Skeleton className="mb-3 h-8 w-64" />}
      <Card flush>
        <SkeletonRows rows={10} />
      </Card>
    </Page>
  );
}
