import type { ReactNode } from "react";
import { cn } from "./cn";

interface Props {
  title?: ReactNode;
  description?: ReactNode;
  /** Buttons or filters at the end of the title row. */
  actions?: ReactNode;
  /** No padding: for a table or a list that extends to the borders. */
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

export function Card({ title, description, actions, flush, className, children }: Props) {
  return (
    <section className={cn("rounded-lg border bg-surface", className)}>
      {(title || actions) && (
        <header className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-2">
          <div className="min-w-0 flex-1">
            <h2 className="font-medium text-base">{title}</h2>
            {description && <p className="text-muted text-sm">{description}</p>}
          </div>
          {actions}
        </header>
      )}
      <div className={cn(!flush && "p-4")}>{children}</div>
    </section>
  );
}
