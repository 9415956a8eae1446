import { cn } from "./cn";

export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cn("breathe block h-4 rounded-sm bg-subtle", className)} />;
}

/** The shape of a list while it loads. */
export function SkeletonRows({ rows = 6 }: { rows?: number }) {
  return (
    <div aria-hidden className="divide-y">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a skeleton have no identity
        <div key={row} className="flex h-12 items-center gap-4 px-4">
          <Skeleton className="w-16" />
          <Skeleton className="w-40 max-sm:w-24" />
          <Skeleton className="ms-auto w-24" />
        </div>
      ))}
    </div>
  );
}
