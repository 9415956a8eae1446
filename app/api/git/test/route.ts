import { GitTest, GitTestResult } from "@/lib/contracts/git-access";
import { testGitSource } from "@/lib/services/test-git-source";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Test a Git source",
    description:
      "Reads the repository as a deployment would: whether the server answers, the repository may be read and the branch exists, its " +
      "newest commit, and how it would be built and started. A server that refuses is a result, not an error. With `service`, its " +
      "stored access is used where it is for this server; without one, `token` or nothing.",
    permission: "service:update",
    rateLimit: "check",
    body: GitTest,
    response: GitTestResult,
  },
  async ({ actor, body }) => testGitSource(body, actor),
);
