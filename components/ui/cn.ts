import { type ClassValue, clsx } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

const merge = extendTailwindMerge({ extend: { classGroups: { "bg-color": [{ wash: [() => true] }] } } });

/** Joins class names; of two conflicting ones the later one wins. */
export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
