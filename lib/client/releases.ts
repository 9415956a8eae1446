import { queryOptions } from "@tanstack/react-query";
import { api } from "./api";
import { pathOf } from "./services";

export const releaseQueries = {
  all: () => ["releases"] as const,
  list: (serviceName: string) =>
    queryOptions({
      queryKey: [...releaseQueries.all(), serviceName],
      queryFn: async ({ signal }) => (await api.get(`${pathOf(serviceName)}/releases`, "Releases", { signal })).items,
    }),
  /** Two releases never change, so what differs between them does not either. */
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
