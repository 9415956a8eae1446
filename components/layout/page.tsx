import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";

/** Width of a page's content; `full` for what needs every pixel. */
export function Page({ full, className, children }: { full?: boolean; className?: string; children: ReactNode }) {
  return <div className={cn("mx-auto w-full", !full && "max-w-300", className)}>{children}</div>;
}
