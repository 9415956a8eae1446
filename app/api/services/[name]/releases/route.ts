import * as z from "zod";
import { ReleaseSummary } from "@/lib/contracts/release";
import { ServiceName } from "@/lib/contracts/service";
import { listReleases } from "@/lib/engine/releases/release-store";
import { ownedService } from "@/lib/services/owned-service";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "A service's releases, newest first",
    description: "Each with whether it can be restored, or why not.",
    permission: "release:read",
    tool: { name: "list_releases" },
    params: z.object({ name: ServiceName }),
    response: z.object({ items: z.array(ReleaseSummary) }),
  },
  async ({ actor, params: { name } }) => {
    const { id } = await ownedService(name, actor, "release:read");
    return { items: await listReleases(id) };
  },
);
