import { type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { z } from "zod";
import { type TargetChange, TargetView } from "@/lib/contracts/target";
import { api } from "./api";

const Targets = z.object({ items: z.array(TargetView) });

export const targetQueries = {
  all: () => ["targets"] as const,
  list: () =>
    queryOptions({
      queryKey: [...targetQueries.all(), "list"],
      queryFn: async ({ signal }) => (await api.get("/targets", Targets, { signal })).items,
    }),
};

export function useCheckTarget() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => api.post(`/targets/${encodeURIComponent(name)}/check`, TargetView),
    onSuccess: (target) => replace(cache, target),
  });
}

export function useChangeTarget(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (change: TargetChange) => api.patch(`/targets/${encodeURIComponent(name)}`, TargetView, change),
    onSuccess: (target) => replace(cache, target),
  });
}

function replace(cache: QueryClient, target: TargetView): void {
  cache.setQueryData(targetQueries.list().queryKey, (before) =>
    before?.map((known) => (known.id === target.id ? target : known)),
  );
}
