import { type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/components/api/api";
import type { TargetChange, TargetView } from "@/lib/contracts/target";

export const targetQueries = {
  all: () => ["targets"] as const,
  list: () =>
    queryOptions({
      queryKey: [...targetQueries.all(), "list"],
      queryFn: async ({ signal }) => (await api.get("/targets", "Targets", { signal })).items,
    }),
  detail: (name: string) =>
    queryOptions({
      queryKey: [...targetQueries.all(), "detail", name],
      queryFn: ({ signal }) => api.get(pathOf(name), "TargetView", { signal }),
    }),
};

function pathOf(name: string): string {
  return `/targets/${encodeURIComponent(name)}`;
}

/** A form's values as typed: the server reports what is wrong with them. */
type Typed = Record<string, unknown>;

/** Read again at each request: the answer is not cached. */
export function useReadHostKey() {
  return useMutation({ mutationFn: (from: Typed) => api.post("/targets/host-key", "HostKeyView", from), gcTime: 0 });
}

export function useTestTarget() {
  return useMutation({ mutationFn: (typed: Typed) => api.post("/targets/test", "TargetCheck", typed), gcTime: 0 });
}

export function useCreateTarget() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (typed: Typed) => api.post("/targets", "TargetView", typed),
    onSuccess: (target) => remember(cache, target),
    gcTime: 0,
  });
}

export function useCheckTarget() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => api.post(`${pathOf(name)}/check`, "TargetView"),
    onSuccess: (target) => remember(cache, target),
  });
}

export function useChangeTarget(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (change: { [K in keyof TargetChange]: unknown }) => api.patch(pathOf(name), "TargetView", change),
    onSuccess: (target) => remember(cache, target),
    gcTime: 0,
  });
}

export function useRemoveTarget(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete(pathOf(name), "TargetRemoved"),
    // Except for its own page's query: the target no longer exists.
    onSuccess: () => void cache.invalidateQueries({ queryKey: targetQueries.list().queryKey }),
  });
}

function remember(cache: QueryClient, target: TargetView): void {
  cache.setQueryData(targetQueries.detail(target.name).queryKey, target);
  void cache.invalidateQueries({ queryKey: targetQueries.list().queryKey });
}
