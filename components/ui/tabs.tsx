"use client";

import { Tabs as Radix } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "./cn";

export const Tabs = Radix.Root;

/** Links between the parts of a page look the same as tabs inside one. */
export const tabsListStyle = "flex gap-5 overflow-x-auto border-b";
export const tabStyle =
  "-mb-px whitespace-nowrap border-transparent border-b-2 py-2 font-medium text-muted transition-colors hover:text-foreground focus-visible:outline-offset-[-2px] data-[state=active]:border-foreground data-[state=active]:text-foreground";

export function TabsList({ className, ...props }: ComponentProps<typeof Radix.List>) {
  return <Radix.List className={cn(tabsListStyle, className)} {...props} />;
}

export function Tab({ className, ...props }: ComponentProps<typeof Radix.Trigger>) {
  return <Radix.Trigger className={cn(tabStyle, className)} {...props} />;
}

export function TabPanel({ className, ...props }: ComponentProps<typeof Radix.Content>) {
  return <Radix.Content className={cn("pt-5 outline-none", className)} {...props} />;
}
