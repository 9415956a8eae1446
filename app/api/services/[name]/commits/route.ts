import * as z from "zod";
import { BranchCommits } from "@/lib/contracts/git-access";
import { ServiceName } from "@/lib/contracts/service";
import { listCommits } from "@/lib/engine/list-commits";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "The newest commits of a service's branch",
    description:
      "Twenty, as the Git server has them now, each with its newest deployment. Any of them can be deployed.",
    permission: "deployment:create",
    tool: { name: "list_commits" },
    rateLimit: "check",
    params: z.object({ name: ServiceName }),
    response: BranchCommits,
    problems: [
      "git-not-applicable",
      "git-address-refused",
      "git-unreachable",
      "git-host-key-unknown",
      "git-access-refused",
      "git-repository-missing",
      "git-ref-missing",
      "git-empty",
    ],
  },
  async ({ actor, params: { name } }) => listCommits(name, actor),
);
