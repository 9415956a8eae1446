import * as z from "zod";
import { Overview, TimeZone } from "@/lib/contracts/overview";
import { readOverview } from "@/lib/domain/overview/read-overview";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    permission: "deployment:read",
    tool: {
      name: "get_overview",
      description: "Running deployments, services that need attention, and the numbers of the last 14 days.",
    },
    summary: "What the console's first page shows",
    query: z.strictObject({
      timeZone: TimeZone.default("UTC").describe("Whose days the numbers are of, as Europe/Amsterdam"),
    }),
    response: Overview,
  },
  ({ actor, query }) => readOverview(actor, query.timeZone),
);
