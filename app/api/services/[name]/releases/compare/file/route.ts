import * as z from "zod";
import { FileDifference, ReleasePair } from "@/lib/contracts/release";
import { ServiceName } from "@/lib/contracts/service";
import { compareFile } from "@/lib/engine/releases/compare-file";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "The lines in which a text file of two releases differs",
    description: "Of files up to 512 KiB, at most 4,000 lines. `path` is one of those that the comparison names.",
    permission: "release:read",
    params: z.object({ name: ServiceName }),
    query: z.strictObject({ ...ReleasePair.shape, path: z.string().max(4_096).default("") }),
    response: FileDifference,
    problems: ["host-unreachable", "release-gone"],
  },
  async ({ actor, params: { name }, query }) => compareFile(name, actor, query),
);
