import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/components/api/api";
import type { OrphanRemoval } from "@/lib/contracts/drift";

/** Workers compare in the background; a comparison that a person requested is polled often. */
const CALM_EVERY_MS = 10_000;
const AWAITED_EVERY_MS = 1_000;

export const driftQueries = {
  ofTarget: (target: string) =>
    queryOptions({
      queryKey: ["drift", target],
      queryFn: ({ signal }) => api.get(`${pathOf(target)}/drift`, "TargetDrift", { signal }),
      refetchInterval: ({ state }) => (state.data?.requestedAt ? AWAITED_EVERY_MS : CALM_EVERY_MS),
    }),
  /** Each request asks the host, so it is sent on demand only. */
  orphans: (target: string) =>
    queryOptions({
      queryKey: ["drift", target, "orphans"],
      queryFn: ({ signal }) => api.get(`${pathOf(target)}/orphans`, "Orphans", { signal }),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 0,
      retry: false,
    }),
};

function pathOf(target: string): string {
  return `/targets/${encodeURIComponent(target)}`;
}

export function useCompareNow(target: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api.post(`${pathOf(target)}/drift`, "TargetDrift"),
    onSuccess: (drift) => cache.setQueryData(driftQueries.ofTarget(target).queryKey, drift),
  });
}

/** The host is then searched again for what is left. */
export function useRemoveOrphans(target: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (removal: OrphanRemoval) => api.post(`${pathOf(target)}/orphans/remove`, "OrphansRemoved", removal),
    onSettled: () => cache.invalidateQueries({ queryKey: driftQueries.orphans(target).queryKey }),
  });
}
