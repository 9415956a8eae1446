"use client";

import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "./cn";
import { useIsInBrowser } from "./use-is-in-browser";

const controlStyle =
  "w-full rounded-md border border-line-strong bg-surface text-base text-foreground transition-colors placeholder:text-faint hover:border-faint focus-visible:border-accent-text focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:bg-subtle disabled:text-muted aria-invalid:border-failed";

export function Input({ className, type = "text", readOnly, ...props }: ComponentProps<"input">) {
  return (
    <input
      type={type}
      className={cn(controlStyle, "h-9 px-3 max-sm:text-lg", className)}
      readOnly={useCannotKeep() || readOnly}
      {...props}
    />
  );
}

/** Until the page's script runs, a field would lose typed text at hydration. */
function useCannotKeep(): boolean {
  return !useIsInBrowser();
}

export function Textarea({ className, readOnly, ...props }: ComponentProps<"textarea">) {
  return (
    <textarea
      className={cn(controlStyle, "min-h-20 px-3 py-2 max-sm:text-lg", className)}
      readOnly={useCannotKeep() || readOnly}
      {...props}
    />
  );
}

/** The native select element: it suits phones, keyboards and screen readers. Options are its children. */
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
