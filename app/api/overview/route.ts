import * as z from "zod";
import { Overview, TimeZone } from "@/lib/contracts/overview";
import { route } from "@/lib/http/route";
import { readOverview } from "@/lib/overview/read-overview";

export const GET = route(
  {
    permission: "deployment:read",
    summary: "What the console's first page shows",
    query: z.strictObject({
      timeZone: TimeZone.default("UTC").describe("Whose days the numbers are of, as Europe/Amsterdam"),
    }),
    response: Overview,
  },
  ({ actor, query }) => readOverview(actor, query.timeZone),
);
