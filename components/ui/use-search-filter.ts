import { usePathname, useSearchParams } from "next/navigation";
import { startTransition, useOptimistic } from "react";
import type * as z from "zod";

/** A filter of this shape; values that do not fit it as a whole count as no filter. */
export function shapedBy<T extends z.ZodType>(shape: T): (values: Readonly<Record<string, string>>) => z.infer<T> {
  return (values) => {
    const parsed = shape.safeParse(values);
    return parsed.success ? parsed.data : shape.parse({});
  };
}

/**
 * A list's filter is in the address: it can be shared, and the back button restores it. Invalid values are ignored. The
 * address changes without requesting the page again, and the choice is shown before that.
 */
export function useSearchFilter<T>(read: (values: Readonly<Record<string, string>>) => T) {
  const pathname = usePathname();
  const [params, showAtOnce] = useOptimistic<URLSearchParams>(useSearchParams());
  const filter = read(Object.fromEntries(params));
  const show = (next: URLSearchParams) =>
    startTransition(() => {
      showAtOnce(next);
      const { hash } = window.location;
      window.history.replaceState(null, "", `${pathname}${next.size > 0 ? `?${next}` : ""}${hash}`);
    });
  const setFilter = (change: Record<string, string | undefined>) => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(change)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    show(next);
  };
  return { filter, setFilter, clear: () => show(new URLSearchParams()), isFiltered: params.size > 0 };
}
