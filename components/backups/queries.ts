import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/components/api/api";
import { sendOnce } from "@/components/api/send-once";
import type { Backups } from "@/lib/contracts/backup";

const BUSY_EVERY_MS = 2_000;
const CALM_EVERY_MS = 60_000;

export const backupQueries = {
  all: () => ["backups"] as const,
  list: () =>
    queryOptions({
      queryKey: [...backupQueries.all(), "list"],
      queryFn: ({ signal }) => api.get("/backups", "Backups", { signal }),
      refetchInterval: ({ state }) => (state.data && isUnderWay(state.data) ? BUSY_EVERY_MS : CALM_EVERY_MS),
    }),
};

export function isUnderWay({ items }: Backups): boolean {
  return items.some(({ state }) => state === "queued" || state === "running");
}

export function useRequestBackup() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => sendOnce((idempotencyKey) => api.post("/backups", "BackupView", {}, { idempotencyKey })),
    onSuccess: () => void cache.invalidateQueries({ queryKey: backupQueries.all() }),
  });
}
