import * as z from "zod";
import { DeploymentView, NewRollback } from "@/lib/contracts/deployment";
import { ServiceName } from "@/lib/contracts/service";
import { requestRollback } from "@/lib/engine/request-deployment";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Go back to an older release of a service",
    description:
      "To the given release, or to the one before the current: files or image, environment and configuration.",
    permission: "deployment:create",
    tool: { name: "roll_back_service", confirm: ({ name }) => name },
    rateLimit: "deploy",
    idempotent: true,
    params: z.object({ name: ServiceName }),
    body: NewRollback.prefault({}),
    response: DeploymentView,
    status: 202,
    problems: ["no-previous-release", "release-not-restorable", "target-disabled"],
  },
  async ({ actor, params: { name }, body, idempotency }) => {
    const deployment = await requestRollback({ serviceName: name, ...body }, actor, idempotency);
    return answer(deployment, { headers: { location: `/api/deployments/${deployment.id}` } });
  },
);
