import { Skeleton } from "@/components/ui/skeleton";

export function StacksSkeleton() {
  return (
    <div className="grid gap-3">
      {["a", "b", "c"].map((row) => (
        <div key={row} className="flex items-center gap-6 rounded-lg border bg-surface px-4 py-4">
          <div className="grid flex-1 gap-2">
            <Skeleton className="h-5 w-40" />
            <Skeleton className="w-64 max-w-full" />
          </div>
          <Skeleton className="w-28 @max-3xl/page:hidden" />
          <Skeleton className="h-8 w-56 @max-3xl/page:hidden" />
        </div>
      ))}
    </div>
  );
}
