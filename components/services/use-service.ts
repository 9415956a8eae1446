import { useQuery } from "@tanstack/react-query";
import { serviceQueries } from "./queries";

/** What the frame around every part has read; it shows loading and errors, and draws no part before there is something. */
export function useService(name: string) {
  return useQuery(serviceQueries.detail(name)).data;
}
