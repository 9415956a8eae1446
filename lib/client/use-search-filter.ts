import { usePathname, useSearchParams } from "next/navigation";
import { startTransition, useOptimistic } from "react";
import type * as z from "zod";

/**
 * A list's filter lives in the address: it can be shared, and going back goes back. What does not fit is ignored. The
 * address is changed without asking the server for the page again, and what was chosen shows before that is done.
 */
export function useSearchFilter<T extends z.ZodType>(shape: T) {
  const pathname = usePathname();
  const [params, showAtOnce] = useOptimistic<URLSearchParams>(useSearchParams());
  const parsed = shape.safeParse(Object.fromEntries(params));
  const filter = (parsed.success ? parsed.data : shape.parse({})) as z.infer<T>;
  const show = (next: URLSearchParams) =>
    startTransition(() => {
      showAtOnce(next);
      window.history.replaceState(null, "", next.size > 0 ? `${pathname}?${next}` : pathname);
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
