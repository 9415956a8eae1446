import * as z from "zod";
import { DeploymentView } from "@/lib/contracts/deployment";
import { cancelDeployment } from "@/lib/engine/deployment-commands";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Cancel a deployment",
    description: "One that waits ends at once; one that runs stops its commands and undoes what it began.",
    permission: "deployment:cancel",
    params: z.object({ deploymentId: z.uuid() }),
    response: DeploymentView,
    status: 202,
    problems: ["deployment-not-cancellable"],
  },
  async ({ actor, params }) => cancelDeployment(params.deploymentId, actor),
);
