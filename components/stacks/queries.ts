import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import * as z from "zod";
import { type Answer, api, toSearch } from "@/components/api/api";
import { allItems, pagedOptions } from "@/components/api/paged";
import { sendOnce } from "@/components/api/send-once";
import { deploymentQueries } from "@/components/deployments/queries";
import type { NewStack, StackSummary } from "@/lib/contracts/stack";

export const StackFilter = z.object({ owner: z.uuid().optional() });
/** `all`: also other people's stacks, for people who may see them. */
export type StackFilter = z.infer<typeof StackFilter> & { all?: "true" };

export type Requested = Answer<"Requested">;

/** The list is polled often while one of its stacks changes; an idle stack may still go down. */
const MOVING_MS = 2_000;
const CALM_MS = 15_000;

export const stackQueries = {
  all: () => ["stacks"] as const,
  list: (filter: StackFilter = {}) => ({
    ...pagedOptions([...stackQueries.all(), "list", filter], "/stacks", "StackSummary", filter),
    refetchInterval: ({ state }: { state: { data?: Parameters<typeof allItems<StackSummary>>[0] } }) =>
      allItems(state.data)?.some(isMoving) ? MOVING_MS : CALM_MS,
  }),
  detail: (name: string) =>
    queryOptions({
      queryKey: [...stackQueries.all(), "detail", name],
      queryFn: ({ signal }) => api.get(`/stacks/${encodeURIComponent(name)}`, "StackSummary", { signal }),
      refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? MOVING_MS : CALM_MS),
    }),
  offers: () =>
    queryOptions({
      queryKey: [...stackQueries.all(), "offers"],
      queryFn: async ({ signal }) => (await api.get("/stacks/offers", "Offers", { signal })).items,
    }),
  /** Answers are not cached: a name that was available a moment ago may be taken by now. */
  check: (name: string) =>
    queryOptions({
      queryKey: [...stackQueries.all(), "check", name],
      queryFn: ({ signal }) => api.get(`/check/${encodeURIComponent(name)}`, "StackNameCheck", { signal }),
      staleTime: 0,
      gcTime: 0,
      retry: false,
    }),
};

export function isMoving({ state }: Pick<StackSummary, "state">): boolean {
  return state === "waiting" || state === "deploying" || state === "removing";
}

/** `key` is the same for the same request: pressed twice, it creates one stack. */
export function useCreateStack() {
  const changed = useChanged();
  return useMutation({
    mutationFn: ({ stack, key }: { stack: NewStack; key: string }) =>
      sendOnce((idempotencyKey) => api.post("/deploy", "Requested", stack, { idempotencyKey }), key),
    onSuccess: changed,
  });
}

export function useRemoveStack(name: string) {
  const changed = useChanged();
  return useMutation({
    mutationFn: ({ volumes }: { volumes: boolean }) =>
      api.delete(`/stack/${encodeURIComponent(name)}${toSearch({ volumes: volumes || undefined })}`, "Requested"),
    onSuccess: changed,
  });
}

export function useRepairStack(name: string) {
  const changed = useChanged();
  return useMutation({
    mutationFn: () =>
      sendOnce((idempotencyKey) =>
        api.post(`/stacks/${encodeURIComponent(name)}/repair`, "DeploymentView", undefined, { idempotencyKey }),
      ),
    onSuccess: changed,
  });
}

function useChanged() {
  const cache = useQueryClient();
  return () => {
    void cache.invalidateQueries({ queryKey: [...stackQueries.all(), "list"] });
    void cache.invalidateQueries({ queryKey: [...stackQueries.all(), "detail"] });
    void cache.invalidateQueries({ queryKey: [...deploymentQueries.all(), "list"] });
  };
}
