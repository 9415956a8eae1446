import { queryOptions } from "@tanstack/react-query";
import { api } from "@/components/api/api";

/** The interval while something is running, whose bars move; otherwise an open page notices a start soon enough. */
const BUSY_EVERY_MS = 2_000;
const CALM_EVERY_MS = 15_000;

export const overviewQueries = {
  all: () => ["overview"] as const,
  /** One read for the whole page, repeated while the page is visible: lists have no event stream. */
  of: (timeZone: string) =>
    queryOptions({
      queryKey: [...overviewQueries.all(), timeZone],
      queryFn: ({ signal }) => api.get("/overview", "Overview", { query: { timeZone }, signal }),
      refetchInterval: ({ state }) => (state.data && state.data.running.total > 0 ? BUSY_EVERY_MS : CALM_EVERY_MS),
    }),
};
