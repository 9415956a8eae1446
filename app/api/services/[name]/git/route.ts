import * as z from "zod";
import { GitAccessView } from "@/lib/contracts/git-access";
import { ServiceName } from "@/lib/contracts/service";
import { readGitAccess } from "@/lib/services/git-access-commands";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "What a service's repository is read with",
    description:
      "The deploy key's public half, whether a token is stored, and whether the host key of an SSH server is known. Credentials " +
      "count for the server that they were stored for: after the service's address leads to another one, they are not shown and not used.",
    permission: "service:update",
    params: z.object({ name: ServiceName }),
    response: GitAccessView,
    problems: ["git-not-applicable"],
  },
  async ({ actor, params: { name } }) => readGitAccess(name, actor),
);
