import * as z from "zod";
import { ReleaseComparison, ReleasePair } from "@/lib/contracts/release";
import { ServiceName } from "@/lib/contracts/service";
import { compareReleases } from "@/lib/engine/releases/preview-rollback";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "What differs between two releases",
    description: "Files, names of environment variables, and configuration; values stay on the server.",
    permission: "release:read",
    params: z.object({ name: ServiceName }),
    query: ReleasePair,
    response: ReleaseComparison,
    problems: ["host-unreachable", "release-gone"],
  },
  async ({ actor, params: { name }, query }) => compareReleases(name, actor, query),
);
