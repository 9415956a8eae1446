import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/components/api/api";
import { pagedOptions } from "@/components/api/paged";

const ALL = ["notifications"] as const;

export const notificationQueries = {
  channels: () =>
    queryOptions({
      queryKey: [...ALL, "channels"],
      queryFn: async ({ signal }) => (await api.get("/notifications/channels", "Channels", { signal })).items,
    }),
  rules: () =>
    queryOptions({
      queryKey: [...ALL, "rules"],
      queryFn: async ({ signal }) => (await api.get("/notifications/rules", "Rules", { signal })).items,
    }),
  deliveries: () => pagedOptions([...ALL, "deliveries"], "/notifications/deliveries", "NotificationView"),
};

/** Adds a channel, or changes the one with the given id. The request contains secrets, so it is not cached. */
export function useSaveChannel(id: string | undefined) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (typed: Record<string, unknown>) =>
      id === undefined
        ? api.post("/notifications/channels", "ChannelView", typed)
        : api.patch(`/notifications/channels/${id}`, "ChannelView", typed),
    onSuccess: () => void cache.invalidateQueries({ queryKey: ALL }),
    gcTime: 0,
  });
}

export function useTestChannel() {
  return useMutation({
    mutationFn: (typed: Record<string, unknown>) => api.post("/notifications/channels/test", "ChannelAnswer", typed),
    gcTime: 0,
  });
}

export function useRemoveChannel() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/notifications/channels/${id}`, "Nothing"),
    onSuccess: () => void cache.invalidateQueries({ queryKey: ALL }),
  });
}

export interface RuleDraft {
  channel: string;
  service: string | null;
  events: readonly string[];
}

export function useSaveRule(id: string | undefined) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (draft: RuleDraft) =>
      id === undefined
        ? api.post("/notifications/rules", "RuleView", draft)
        : api.put(`/notifications/rules/${id}`, "RuleView", draft),
    onSuccess: () => void cache.invalidateQueries({ queryKey: notificationQueries.rules().queryKey }),
  });
}

export function useRemoveRule() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/notifications/rules/${id}`, "Nothing"),
    onSuccess: () => void cache.invalidateQueries({ queryKey: notificationQueries.rules().queryKey }),
  });
}

export function useRedeliverNotification() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.post(`/notifications/deliveries/${id}/redeliver`, "NotificationView"),
    onSuccess: () => void cache.invalidateQueries({ queryKey: notificationQueries.deliveries().queryKey }),
  });
}
