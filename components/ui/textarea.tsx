"use client";

import type { ComponentProps } from "react";
import { cn } from "./cn";
import { controlStyle, useCannotKeep } from "./input";

export function Textarea({ className, readOnly, ...props }: ComponentProps<"textarea">) {
  return (
    <textarea
      className={cn(controlStyle, "min-h-20 px-3 py-2 max-sm:text-lg", className)}
      readOnly={useCannotKeep() || readOnly}
      {...props}
    />
  );
}
