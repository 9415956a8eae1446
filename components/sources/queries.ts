import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/components/api/api";

export const imageRegistryQueries = {
  all: () => ["image-registries"] as const,
  list: () =>
    queryOptions({
      queryKey: [...imageRegistryQueries.all(), "list"],
      queryFn: async ({ signal }) => (await api.get("/image-registries", "ImageRegistries", { signal })).items,
    }),
};

/** Adds a registry, or changes the one with the given id. The request contains a password, so it is not cached. */
export function useSaveImageRegistry(id: string | undefined) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (typed: Record<string, unknown>) =>
      id === undefined
        ? api.post("/image-registries", "ImageRegistryView", typed)
        : api.patch(`/image-registries/${id}`, "ImageRegistryView", typed),
    onSuccess: () => void cache.invalidateQueries({ queryKey: imageRegistryQueries.all() }),
    gcTime: 0,
  });
}

export function useRemoveImageRegistry() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/image-registries/${id}`, "Nothing"),
    onSuccess: () => void cache.invalidateQueries({ queryKey: imageRegistryQueries.all() }),
  });
}

/** Reads the repository as a deployment would. `service`: its stored access is used. */
export function useTestGitSource() {
  return useMutation({
    mutationFn: (test: { source: Record<string, unknown>; service?: string | undefined }) =>
      api.post("/git/test", "GitTestResult", test),
    gcTime: 0,
  });
}
