import { Page } from "@/components/layout/page";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";

export function ServiceSkeleton() {
  return (
    <Page>
      <div className="flex items-start gap-4">
        <div className="flex flex-col gap-3">
          <Skeleton className="h-7 w-48" />
          <Skeleton className="w-80 @max-lg/page:w-56" />
        </div>
        <Skeleton className="ms-auto h-8 w-28" />
      </div>
      <div className="mt-6 flex gap-5 border-b pb-3">
        <Skeleton className="w-20" />
        <Skeleton className="w-20" />
        <Skeleton className="w-20" />
      </div>
      <ServicePartSkeleton />
    </Page>
  );
}

/** The part below the tabs while it loads. */
export function ServicePartSkeleton() {
  return (
    <div className="flex flex-col gap-4 pt-5">
      <div className="grid gap-4 @4xl/page:grid-cols-2">
        <Skeleton className="h-40 rounded-lg" />
        <Skeleton className="h-40 rounded-lg" />
      </div>
      <div className="rounded-lg border bg-surface">
        <SkeletonRows rows={6} />
      </div>
    </div>
  );
}
