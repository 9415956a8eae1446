import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import { ReleaseSummary } from "@/lib/contracts/release";
import { api } from "./api";
import { pathOf } from "./services";

const Releases = z.object({ items: z.array(ReleaseSummary) });

export const releaseQueries = {
  all: () => ["releases"] as const,
  list: (serviceName: string) =>
    queryOptions({
      queryKey: [...releaseQueries.all(), serviceName],
      queryFn: async ({ signal }) => (await api.get(`${pathOf(serviceName)}/releases`, Releases, { signal })).items,
    }),
};
