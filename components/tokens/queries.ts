import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/components/api/api";
import { pagedOptions } from "@/components/api/paged";

export const tokenQueries = {
  all: () => ["tokens"] as const,
  list: () => pagedOptions([...tokenQueries.all(), "list"], "/tokens", "TokenView"),
};

export interface TokenDraft {
  name: string;
  role: string;
  expiresInDays: number | null;
  services: readonly string[];
  targets: readonly string[];
  deployOnly: boolean;
}

/** The answer contains the token itself: it is shown once and not cached. */
export function useCreateToken() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (input: TokenDraft) => api.post("/tokens", "MadeToken", input),
    onSuccess: () => void cache.invalidateQueries({ queryKey: tokenQueries.all() }),
    gcTime: 0,
  });
}

export function useRevokeToken() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/tokens/${id}`, "TokenView"),
    onSuccess: () => void cache.invalidateQueries({ queryKey: tokenQueries.all() }),
  });
}
