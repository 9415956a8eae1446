import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/components/api/api";
import { everyItem, pagedOptions } from "@/components/api/paged";
import type { UserChange } from "@/lib/contracts/user";

export const userQueries = {
  all: () => ["users"] as const,
  list: () => pagedOptions([...userQueries.all(), "list"], "/users", "UserView"),
  /** Sorted by name: the choices of a filter or a form. */
  everybody: () =>
    queryOptions({
      queryKey: [...userQueries.all(), "everybody"],
      queryFn: async ({ signal }) =>
        (await everyItem("/users", "UserView", signal)).toSorted((one, other) => one.name.localeCompare(other.name)),
    }),
  unlinked: () =>
    queryOptions({
      queryKey: [...userQueries.all(), "unlinked"],
      queryFn: async ({ signal }) => (await api.get("/users/unlinked-accounts", "Unlinked", { signal })).items,
    }),
};

export function useCreateUser() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (input: { email: string; name: string; role: string; password: string }) =>
      api.post("/users", "UserView", input),
    onSuccess: () => void cache.invalidateQueries({ queryKey: userQueries.all() }),
  });
}

export function useChangeUser(id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (change: UserChange) => api.patch(`/users/${id}`, "UserView", change),
    onSuccess: () => void cache.invalidateQueries({ queryKey: userQueries.all() }),
  });
}

export function useLinkAccount() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ userId, unlinkedAccountId }: { userId: string; unlinkedAccountId: string }) =>
      api.post(`/users/${userId}/accounts`, "UserView", { unlinkedAccountId }),
    onSuccess: () => void cache.invalidateQueries({ queryKey: userQueries.all() }),
  });
}

export function useUnlinkAccount(userId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (accountId: string) => api.delete(`/users/${userId}/accounts/${accountId}`, "UserView"),
    onSuccess: () => void cache.invalidateQueries({ queryKey: userQueries.all() }),
  });
}
