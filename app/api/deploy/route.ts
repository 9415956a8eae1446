import type { FieldError } from "@/lib/contracts/problem";
import type { NewStack } from "@/lib/contracts/stack";
import type { Actor } from "@/lib/contracts/user";
import { findMoreWrongInStack } from "@/lib/domain/stacks/check-new-stack";
import { createStack } from "@/lib/domain/stacks/stack-commands";
import { requestDeployment } from "@/lib/engine/request-deployment";
import { env } from "@/lib/platform/env";
import { findMoreWrongInPut } from "@/lib/services/find-more-wrong";
import { putService } from "@/lib/services/put-service";
import { answer, type Idempotency } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";
import {
  DeployAccepted,
  DeployRequest,
  meansStack,
  partOfService,
  serviceOfRequest,
  shapeOfDeployRequest,
  toDeployerField,
  toDeployerProblem,
} from "@/lib/web/http/shapes/deploy-request";
import type { DeployerRequest } from "@/lib/web/http/shapes/deployer";
import { deployerAccepted } from "@/lib/web/http/shapes/deployer-job";
import { stackAccepted } from "@/lib/web/http/shapes/stack-deployment";

export const POST = route(
  {
    summary: "Deployer: make or change a service, and deploy it. Stacks: make one",
    description:
      "Also at `/deploy`. A body with `name` and no `service_name` means a stack: follow it at `GET /api/status/{deploymentId}`. Any " +
      "other body is the deployer's: poll the job at `GET /deploy/{deploy_job_id}`.",
    permission: "deployment:create",
    rateLimit: "deploy",
    idempotent: true,
    body: DeployRequest,
    shapeOf: shapeOfDeployRequest,
    findMoreWrong,
    response: DeployAccepted,
    status: 202,
    problems: ["name-taken", "port-taken", "target-disabled", "stacks-unconfigured", "made-by-template"],
  },
  async ({ actor, body, idempotency }) =>
    "service_name" in body ? deployService(body, actor, idempotency) : deployStack(body, actor, idempotency),
);

async function findMoreWrong(body: unknown, actor: Actor | null): Promise<FieldError[]> {
  if (meansStack(body)) return findMoreWrongInStack(body, actor);
  return (await findMoreWrongInPut(partOfService(body, env.DEPLOYMENT_METHOD), actor)).map(toDeployerField);
}

async function deployStack(body: NewStack, actor: Actor, idempotency: Idempotency) {
  const deployment = await createStack(body, actor, idempotency);
  return answer(stackAccepted(deployment), { headers: { location: `/api/deployment/${deployment.id}` } });
}

async function deployService(body: DeployerRequest, actor: Actor, idempotency: Idempotency) {
  await putService(serviceOfRequest(body, env.DEPLOYMENT_METHOD), actor, idempotency).catch((error) => {
    throw toDeployerProblem(error);
  });
  const { service_name: service, version, message, rebuild } = body;
  const deployment = await requestDeployment({ service, version, message, rebuild }, actor, {
    ...idempotency,
    trigger: "deployer",
    clientJobId: body.verification_job_id == null ? undefined : String(body.verification_job_id),
  });
  return answer(deployerAccepted(deployment), { headers: { location: `/deploy/${deployment.id}` } });
}
