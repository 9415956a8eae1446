import { Page } from "@/components/layout/page";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";

export function OverviewSkeleton() {
  return (
    <Page>
      <div aria-busy="true">
        <Skeleton className="h-7 w-40" />
        <Skeleton className="mt-2 mb-5 w-64" />
        <div className="grid gap-4 @4xl/page:grid-cols-[minmax(0,1.35fr)_minmax(0,1fr)]">
          <div className="rounded-lg border bg-surface">
            <div className="flex h-11 items-center border-b px-4">
              <Skeleton className="w-24" />
            </div>
            <SkeletonRows rows={8} />
          </div>
          <div className="flex flex-col gap-4">
            <div className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border bg-surface">
              <Skeleton className="m-4 h-12" />
              <Skeleton className="m-4 h-12" />
            </div>
            <Skeleton className="h-56 rounded-lg" />
          </div>
        </div>
      </div>
    </Page>
  );
}
