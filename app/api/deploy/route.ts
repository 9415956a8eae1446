import { requestDeployment } from "@/lib/deployments/request-deployment";
import { answer } from "@/lib/http/answer";
import { route } from "@/lib/http/route";
import { DeployerAccepted, DeployerRequest } from "@/lib/http/shapes/deployer";
import { deployerAccepted } from "@/lib/http/shapes/deployer-job";
import {
  partOfService,
  serviceOfRequest,
  toDeployerField,
  toDeployerProblem,
} from "@/lib/http/shapes/deployer-request";
import { findMoreWrongInPut } from "@/lib/services/find-more-wrong";
import { putService } from "@/lib/services/put-service";

export const POST = route(
  {
    summary: "Deployer: make or change a service, and deploy it",
    description: "Also at `/deploy`. Poll the job at `GET /deploy/{deploy_job_id}`.",
    permission: "deployment:create",
    rateLimit: "deploy",
    idempotent: true,
    body: DeployerRequest,
    findMoreWrong: async (body) => (await findMoreWrongInPut(partOfService(body))).map(toDeployerField),
    response: DeployerAccepted,
    status: 202,
    problems: ["name-taken", "port-taken", "target-disabled"],
  },
  async ({ actor, body, idempotency }) => {
    await putService(serviceOfRequest(body), actor, idempotency).catch((error) => {
      throw toDeployerProblem(error);
    });
    const deployment = await requestDeployment({ service: body.service_name }, actor, {
      ...idempotency,
      trigger: "deployer",
    });
    return answer(deployerAccepted(deployment), { headers: { location: `/deploy/${deployment.id}` } });
  },
);
