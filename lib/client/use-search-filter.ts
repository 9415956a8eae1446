import { usePathname, useRouter, useSearchParams } from "next/navigation";
import type * as z from "zod";

/** A list's filter lives in the address: it can be shared, and going back goes back. What does not fit is ignored. */
export function useSearchFilter<T extends z.ZodType>(shape: T) {
  const router = useRouter();
  const pathname = usePathname();
  const params = useSearchParams();
  const parsed = shape.safeParse(Object.fromEntries(params));
  const filter = (parsed.success ? parsed.data : shape.parse({})) as z.infer<T>;
  const setFilter = (change: Record<string, string | undefined>) => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(change)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    router.replace(next.size > 0 ? `${pathname}?${next}` : pathname, { scroll: false });
  };
  const clear = () => router.replace(pathname, { scroll: false });
  return { filter, setFilter, clear, isFiltered: params.size > 0 };
}
