import { keepPreviousData, type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { type Answer, api } from "@/components/api/api";
import { pagedOptions } from "@/components/api/paged";
import { sendOnce } from "@/components/api/send-once";
import type { DeploymentCall, DeploymentFilter, DeploymentView, NewDeployment } from "@/lib/contracts/deployment";
import type { PhaseKey } from "@/lib/contracts/phase";

/** The number of a log's last lines that arrive with its page. */
export const NEWEST_LINES = 200;

export const deploymentQueries = {
  all: () => ["deployments"] as const,
  list: (filter: DeploymentFilter = {}) =>
    pagedOptions([...deploymentQueries.all(), "list", filter], "/deployments", "DeploymentSummary", filter),
  /** The newest deployments that a number may refer to. */
  called: ({ number, search }: DeploymentCall) =>
    pagedOptions([...deploymentQueries.all(), "list", { number, search }], "/deployments", "DeploymentSummary", {
      number: String(number),
      search,
      limit: "5",
    }),
  detail: (id: string) =>
    queryOptions({
      queryKey: [...deploymentQueries.all(), "detail", id],
      queryFn: ({ signal }) => api.get(`/deployments/${id}`, "DeploymentView", { signal }),
      structuralSharing: keepNewest,
    }),
  /** `logLines` is part of the key: a log that has grown has other newest lines. */
  newestLines: (id: string, logLines: number) =>
    queryOptions({
      queryKey: [...deploymentQueries.all(), "newest-lines", id, logLines],
      queryFn: async () => (await readLogOf(id)({ limit: NEWEST_LINES })).lines,
      placeholderData: keepPreviousData,
    }),
  rollbackPreview: (serviceName: string, releaseId?: string) =>
    queryOptions({
      queryKey: [...deploymentQueries.all(), "rollback-preview", serviceName, releaseId ?? "previous"],
      queryFn: ({ signal }) =>
        api.get(`/services/${encodeURIComponent(serviceName)}/rollback-preview`, "RollbackPreview", {
          query: { releaseId },
          signal,
        }),
      staleTime: 0,
    }),
};

/** Keeps the cached view when events have made it newer than an answer that arrived later. */
function keepNewest(before: unknown, after: unknown): unknown {
  const [known, next] = [before as DeploymentView | undefined, after as DeploymentView];
  return known && known.lastEvent > next.lastEvent ? known : next;
}

export type LogPage = Answer<"LogPage">;
export type LogRow = LogPage["lines"][number];

export interface LogFilter {
  phase?: PhaseKey;
  search?: string;
}

export type ReadLog = (query: LogFilter & { from?: number; limit: number }) => Promise<LogPage>;

export function readLogOf(deploymentId: string): ReadLog {
  return (query) => api.get(`/deployments/${deploymentId}/logs`, "LogPage", { query: { ...query } });
}

function useDeploymentCommand<Input>(send: (input: Input) => Promise<DeploymentView>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: send, onSuccess: (view) => remember(cache, view) });
}

function remember(cache: QueryClient, view: DeploymentView): void {
  cache.setQueryData(deploymentQueries.detail(view.id).queryKey, view);
  void cache.invalidateQueries({
    queryKey: deploymentQueries.all(),
    predicate: (query) => query.queryKey[1] === "list",
  });
}

export function useRequestDeployment() {
  return useDeploymentCommand((input: NewDeployment) =>
    sendOnce((idempotencyKey) => api.post("/deployments", "DeploymentView", input, { idempotencyKey })),
  );
}

export function useRequestRollback() {
  return useDeploymentCommand(({ service, releaseId }: { service: string; releaseId?: string }) =>
    sendOnce((idempotencyKey) =>
      api.post(`/services/${encodeURIComponent(service)}/rollback`, "DeploymentView", releaseId ? { releaseId } : {}, {
        idempotencyKey,
      }),
    ),
  );
}

export function useCancelDeployment() {
  return useDeploymentCommand((id: string) => api.post(`/deployments/${id}/cancel`, "DeploymentView"));
}

export function useRetryUndo() {
  return useDeploymentCommand((id: string) => api.post(`/deployments/${id}/retry`, "DeploymentView"));
}
