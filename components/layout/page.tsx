import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";

/** The width of a page's content; `full` for pages that need all of it. */
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
