"use client";

import type { ComponentProps } from "react";
import { cn } from "./cn";
import { useIsInBrowser } from "./use-is-in-browser";

export const controlStyle =
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

/** Until the page's script runs, a field would forget what is typed into it as soon as it does. */
export function useCannotKeep(): boolean {
  return !useIsInBrowser();
}
