import { Skeleton } from "@/components/ui/skeleton";

export function TargetsSkeleton() {
  return (
    <div className="rounded-lg border bg-surface">
      <div className="flex h-15 items-center gap-3 border-b px-4">
        <Skeleton className="w-40" />
        <Skeleton className="ms-auto h-8 w-28" />
      </div>
      <div className="grid gap-4 p-4 @lg/page:grid-cols-4">
        <Skeleton className="h-9 w-24" />
        <Skeleton className="h-9 w-24" />
        <Skeleton className="h-9 w-24" />
        <Skeleton className="h-9 w-24" />
      </div>
    </div>
  );
}
