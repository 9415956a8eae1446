import * as z from "zod";
import { GitAccessView, GitToken } from "@/lib/contracts/git-access";
import { ServiceName } from "@/lib/contracts/service";
import { changeGitToken, removeGitToken } from "@/lib/services/git-access-commands";
import { route } from "@/lib/web/http/route";

const params = z.object({ name: ServiceName });

export const PUT = route(
  {
    summary: "Store a token for a service's repository",
    description:
      "Repositories over HTTPS are read with it, and commit statuses are sent with it, also to the server of a repository over SSH. Encrypted, never answered, and sent only to the server of the address that the service has now.",
    permission: "service:update",
    params,
    body: GitToken,
    response: GitAccessView,
    problems: ["git-not-applicable"],
  },
  async ({ actor, params: { name }, body }) => changeGitToken(name, body, actor),
);

export const DELETE = route(
  {
    summary: "Remove the token of a service's repository",
    permission: "service:update",
    params,
    response: GitAccessView,
    problems: ["git-not-applicable"],
  },
  async ({ actor, params: { name } }) => removeGitToken(name, actor),
);
