import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";

/** One entry of a `dl`. */
export function Fact({ label, className, children }: { label: ReactNode; className?: string; children: ReactNode }) {
  return (
    <div className={cn("min-w-0", className)}>
      <dt className="text-faint text-xs">{label}</dt>
      <dd className="mt-1 flex min-h-8 items-center">{children}</dd>
    </div>
  );
}
