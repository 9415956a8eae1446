import { useMutation, useQueryClient } from "@tanstack/react-query";
import { MadeToken, TokenView } from "@/lib/contracts/user";
import { api } from "./api";
import { pagedOptions } from "./paged";

export const tokenQueries = {
  all: () => ["tokens"] as const,
  list: () => pagedOptions([...tokenQueries.all(), "list"], "/tokens", TokenView),
};

/** What it answers holds the token itself: shown once, and kept in no cache. */
export function useMakeToken() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (input: { name: string; role: string; expiresInDays: number | null }) =>
      api.post("/tokens", MadeToken, input),
    onSuccess: () => cache.invalidateQueries({ queryKey: tokenQueries.all() }),
    gcTime: 0,
  });
}

export function useRevokeToken() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/tokens/${id}`, TokenView),
    onSuccess: () => cache.invalidateQueries({ queryKey: tokenQueries.all() }),
  });
}
