import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import * as z from "zod";
import { type Answer, api } from "@/components/api/api";
import { pagedOptions } from "@/components/api/paged";
import type { HealthProbe } from "@/lib/contracts/health-check";
import type { EnvironmentChange, ServiceChange } from "@/lib/contracts/service";
import { type ServiceOrder, ServiceStatus } from "@/lib/contracts/service-status";

/** A host's state changes without an update of the database, so an open page polls it. */
const STATE_EVERY_MS = 5_000;
const UPTIME_EVERY_MS = 15_000;
const USAGE_EVERY_MS = 60_000;
const KEPT_PROBES = 30;

export const ServiceFilter = z.object({
  search: z.string().max(63).optional(),
  target: z.string().max(63).optional(),
  status: ServiceStatus.optional(),
});
export type ServiceFilter = z.infer<typeof ServiceFilter>;

export const serviceQueries = {
  all: () => ["services"] as const,
  list: (filter: ServiceFilter = {}, order: ServiceOrder = "newest") =>
    pagedOptions([...serviceQueries.all(), "list", filter, order], "/services", "ServiceSummary", { ...filter, order }),
  detail: (name: string) =>
    queryOptions({
      queryKey: [...serviceQueries.all(), "detail", name],
      queryFn: ({ signal }) => api.get(pathOf(name), "ServiceDetail", { signal }),
    }),
  state: (name: string) =>
    queryOptions({
      queryKey: [...serviceQueries.all(), "state", name],
      queryFn: ({ signal }) => api.get(`${pathOf(name)}/state`, "RuntimeState", { signal }),
      refetchInterval: STATE_EVERY_MS,
    }),
  uptime: (name: string) =>
    queryOptions({
      queryKey: [...serviceQueries.all(), "uptime", name],
      queryFn: ({ signal }) => api.get(`${pathOf(name)}/uptime`, "ServiceUptime", { signal }),
      refetchInterval: UPTIME_EVERY_MS,
    }),
  usage: (name: string) =>
    queryOptions({
      queryKey: [...serviceQueries.all(), "usage", name],
      queryFn: ({ signal }) => api.get(`${pathOf(name)}/usage`, "ServiceUsage", { signal }),
      refetchInterval: USAGE_EVERY_MS,
    }),
  /** The probes that this browser requested, oldest first. The server stores none. */
  probes: (name: string) =>
    queryOptions({
      queryKey: [...serviceQueries.all(), "probes", name],
      queryFn: (): HealthProbe[] => [],
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: Number.POSITIVE_INFINITY,
    }),
};

/** What a service's repository is read with, and the newest commits of its branch. */
export const gitQueries = {
  access: (name: string) =>
    queryOptions({
      queryKey: [...serviceQueries.all(), "git-access", name],
      queryFn: ({ signal }) => api.get(`${pathOf(name)}/git`, "GitAccessView", { signal }),
    }),
  commits: (name: string) =>
    queryOptions({
      queryKey: [...serviceQueries.all(), "commits", name],
      queryFn: ({ signal }) => api.get(`${pathOf(name)}/commits`, "BranchCommits", { signal }),
      staleTime: 0,
      retry: false,
    }),
};

/** A change whose answer is what the page shows afterwards. Secrets that were sent are kept nowhere. */
function useAnswered<Input, Shown>(queryKey: readonly string[], send: (input: Input) => Promise<Shown>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: send, onSuccess: (answer) => cache.setQueryData(queryKey, answer), gcTime: 0 });
}

function useChangeGitAccess<Input>(name: string, send: (input: Input) => Promise<Answer<"GitAccessView">>) {
  return useAnswered(gitQueries.access(name).queryKey, send);
}

export const useCreateDeployKey = (name: string) =>
  useChangeGitAccess<void>(name, () => api.post(`${pathOf(name)}/git/key`, "GitAccessView"));
export const useStoreGitToken = (name: string) =>
  useChangeGitAccess<Record<string, unknown>>(name, (token) =>
    api.put(`${pathOf(name)}/git/token`, "GitAccessView", token),
  );
export const useRemoveGitToken = (name: string) =>
  useChangeGitAccess<void>(name, () => api.delete(`${pathOf(name)}/git/token`, "GitAccessView"));
export const useConfirmGitHostKey = (name: string) =>
  useChangeGitAccess<string>(name, (line) => api.post(`${pathOf(name)}/git/host-key`, "GitAccessView", { line }));

/** What the Git server calls after a push, and what it has delivered. */
export const hookQueries = {
  hook: (name: string) =>
    queryOptions({
      queryKey: [...serviceQueries.all(), "hook", name],
      queryFn: ({ signal }) => api.get(`${pathOf(name)}/hook`, "HookView", { signal }),
    }),
  deliveries: (name: string) =>
    pagedOptions([...serviceQueries.all(), "deliveries", name], `${pathOf(name)}/hook/deliveries`, "DeliveryView"),
};

function useChangeHookBy<Input>(name: string, send: (input: Input) => Promise<Answer<"HookView">>) {
  return useAnswered(hookQueries.hook(name).queryKey, send);
}

export const useChangeHook = (name: string) =>
  useChangeHookBy<Record<string, unknown>>(name, (change) => api.patch(`${pathOf(name)}/hook`, "HookView", change));
export const useRenewHook = (name: string) =>
  useChangeHookBy<void>(name, () => api.post(`${pathOf(name)}/hook`, "HookView"));

export function useRedeliver(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.post(`${pathOf(name)}/hook/deliveries/${id}/redeliver`, "DeliveryView"),
    onSuccess: () => void cache.invalidateQueries({ queryKey: hookQueries.deliveries(name).queryKey }),
  });
}

export function useReadGitHostKey(name: string) {
  return useMutation({ mutationFn: () => api.get(`${pathOf(name)}/git/host-key`, "HostKeyView"), gcTime: 0 });
}

export function pathOf(name: string): string {
  return `/services/${encodeURIComponent(name)}`;
}

/** Sends the form's values as typed: the server reports what is wrong with them. */
export function useCreateService() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (input: Record<string, unknown>) => api.post("/services", "ServiceDetail", input),
    onSuccess: (service) => {
      cache.setQueryData(serviceQueries.detail(service.name).queryKey, service);
      void cache.invalidateQueries({ queryKey: [...serviceQueries.all(), "list"] });
    },
  });
}

export function useChangeService(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (change: { [K in keyof ServiceChange]: unknown }) => api.patch(pathOf(name), "ServiceDetail", change),
    onSuccess: (service) => {
      cache.setQueryData(serviceQueries.detail(name).queryKey, service);
      void cache.invalidateQueries({ queryKey: [...serviceQueries.all(), "list"] });
    },
  });
}

export function useChangeEnvironment(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (change: Partial<EnvironmentChange>) => api.patch(`${pathOf(name)}/environment`, "Anything", change),
    onSuccess: () => void cache.invalidateQueries({ queryKey: serviceQueries.detail(name).queryKey }),
  });
}

/** Reveals one value, which the audit trail records; only the page that requested it keeps it. */
export function useRevealVariable(name: string) {
  return useMutation({
    mutationFn: (variable: string) =>
      api.get(`${pathOf(name)}/environment/${encodeURIComponent(variable)}`, "Revealed"),
    gcTime: 0,
  });
}

export function useHealthProbes(name: string) {
  return useQuery(serviceQueries.probes(name)).data ?? [];
}

export function useCheckHealth(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api.post(`${pathOf(name)}/check`, "HealthProbe"),
    onSuccess: (probe) => remember(cache, name, probe),
  });
}

function remember(cache: QueryClient, name: string, probe: HealthProbe): void {
  cache.setQueryData(serviceQueries.probes(name).queryKey, (before = []) => [...before, probe].slice(-KEPT_PROBES));
}

/** A removal is a deployment like any other: it can be watched. */
export function useRemoveService(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete(pathOf(name), "DeploymentView"),
    onSuccess: () => void cache.invalidateQueries({ queryKey: serviceQueries.all() }),
  });
}

export const releaseQueries = {
  all: () => ["releases"] as const,
  list: (serviceName: string) =>
    queryOptions({
      queryKey: [...releaseQueries.all(), serviceName],
      queryFn: async ({ signal }) => (await api.get(`${pathOf(serviceName)}/releases`, "Releases", { signal })).items,
    }),
  /** Releases never change, so neither does the difference between two of them. */
  comparison: (serviceName: string, pair: { from: string; to: string }) =>
    queryOptions({
      queryKey: [...releaseQueries.all(), serviceName, "comparison", pair],
      queryFn: ({ signal }) =>
        api.get(`${pathOf(serviceName)}/releases/compare`, "ReleaseComparison", { query: pair, signal }),
      staleTime: Number.POSITIVE_INFINITY,
    }),
  file: (serviceName: string, file: { from: string; to: string; path: string }) =>
    queryOptions({
      queryKey: [...releaseQueries.all(), serviceName, "file", file],
      queryFn: ({ signal }) =>
        api.get(`${pathOf(serviceName)}/releases/compare/file`, "FileDifference", { query: file, signal }),
      staleTime: Number.POSITIVE_INFINITY,
    }),
};
