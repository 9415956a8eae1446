"use client";

import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "./cn";
import { controlStyle, useCannotKeep } from "./input";

/** The platform's own list: right on a phone, with a keyboard and for a screen reader. Options are its children. */
export function Select({ className, compact, ...props }: ComponentProps<"select"> & { compact?: boolean }) {
  return (
    <span inert={useCannotKeep()} className={cn("relative inline-flex", compact ? "w-auto" : "w-full", className)}>
      <select
        className={cn(controlStyle, "appearance-none ps-3 pe-8", compact ? "h-8 ps-2.5 text-sm" : "h-9 max-sm:text-lg")}
        {...props}
      />
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute inset-e-2 top-1/2 size-4 -translate-y-1/2 text-faint"
      />
    </span>
  );
}
