import type { ReactNode } from "react";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";

/** Width of a page's content; `full` for what needs every pixel. */
export function Page({ full, className, children }: { full?: boolean; className?: string; children: ReactNode }) {
  return <div className={cn("mx-auto w-full", !full && "max-w-300", className)}>{children}</div>;
}

export function PageHeader({
  title,
  description,
  actions,
}: {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <header className="mb-5 flex flex-wrap items-center gap-x-4 gap-y-3">
      <div className="min-w-0 flex-1">
        <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
        {description && <p className="mt-0.5 text-muted">{description}</p>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}

/** A page with one list on it, while it is on its way. */
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
