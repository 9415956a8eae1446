import * as z from "zod";
import { DeploymentView } from "@/lib/contracts/deployment";
import { retryUndo } from "@/lib/engine/deployment-commands";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Retry an undo that got stuck",
    permission: "deployment:create",
    tool: { name: "retry_revert" },
    params: z.object({ deploymentId: z.uuid() }),
    response: DeploymentView,
    status: 202,
    problems: ["deployment-not-retryable"],
  },
  async ({ actor, params }) => retryUndo(params.deploymentId, actor),
);
