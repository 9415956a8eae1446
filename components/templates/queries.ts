import { type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/components/api/api";
import { stackQueries } from "@/components/stacks/queries";
import type { TemplateChange, TemplateView } from "@/lib/contracts/template";

export const templateQueries = {
  all: () => ["templates"] as const,
  list: () =>
    queryOptions({
      queryKey: [...templateQueries.all(), "list"],
      queryFn: async ({ signal }) => (await api.get("/templates", "Templates", { signal })).items,
    }),
  detail: (name: string) =>
    queryOptions({
      queryKey: [...templateQueries.all(), "detail", name],
      queryFn: ({ signal }) => api.get(pathOf(name), "TemplateView", { signal }),
    }),
};

function pathOf(name: string): string {
  return `/templates/${encodeURIComponent(name)}`;
}

/** Sends the form's values as typed: the server reports what is wrong with them. */
export function useCreateTemplate() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (typed: Record<string, unknown>) => api.post("/templates", "TemplateView", typed),
    onSuccess: (template) => remember(cache, template),
    gcTime: 0,
  });
}

export function useChangeTemplate(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (change: { [K in keyof TemplateChange]: unknown }) => api.patch(pathOf(name), "TemplateView", change),
    onSuccess: (template) => remember(cache, template),
    gcTime: 0,
  });
}

export function useRemoveTemplate(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete(pathOf(name), "Nothing"),
    // Except for its own page's query: the template no longer exists.
    onSuccess: () => forgetLists(cache),
  });
}

function remember(cache: QueryClient, template: TemplateView): void {
  cache.setQueryData(templateQueries.detail(template.name).queryKey, template);
  forgetLists(cache);
}

/** The offers for new stacks change with them. */
function forgetLists(cache: QueryClient): void {
  void cache.invalidateQueries({ queryKey: templateQueries.list().queryKey });
  void cache.invalidateQueries({ queryKey: stackQueries.offers().queryKey });
}
