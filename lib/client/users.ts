import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type UserChange, UserView } from "@/lib/contracts/user";
import { api } from "./api";
import { pagedOptions } from "./paged";

export const userQueries = {
  all: () => ["users"] as const,
  list: () => pagedOptions([...userQueries.all(), "list"], "/users", UserView),
};

export function useCreateUser() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (input: { email: string; name: string; role: string; password: string }) =>
      api.post("/users", UserView, input),
    onSuccess: () => cache.invalidateQueries({ queryKey: userQueries.all() }),
  });
}

export function useChangeUser(id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (change: UserChange) => api.patch(`/users/${id}`, UserView, change),
    onSuccess: () => cache.invalidateQueries({ queryKey: userQueries.all() }),
  });
}
