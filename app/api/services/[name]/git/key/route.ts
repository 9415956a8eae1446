import * as z from "zod";
import { GitAccessView } from "@/lib/contracts/git-access";
import { ServiceName } from "@/lib/contracts/service";
import { createDeployKey } from "@/lib/services/git-access-commands";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Create a deploy key for a service's repository",
    description:
      "An Ed25519 key. Add its public half to the repository as a read-only deploy key. The key before it no longer opens anything.",
    permission: "service:update",
    params: z.object({ name: ServiceName }),
    response: GitAccessView,
    status: 201,
    problems: ["git-not-applicable"],
  },
  async ({ actor, params: { name } }) => createDeployKey(name, actor),
);
