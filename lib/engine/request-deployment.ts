import { authorize } from "@/lib/contracts/authorize";
import type { DeploymentView, NewDeployment } from "@/lib/contracts/deployment";
import { authorizeDeploy } from "@/lib/contracts/grants";
import { HealthCheck } from "@/lib/contracts/health-check";
import { Problem } from "@/lib/contracts/problem";
import { DeploymentSpec } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { once } from "@/lib/platform/db/idempotency";
import { refreshFromTemplate } from "@/lib/services/templates/refresh-from-template";
import { isolates, toGrants } from "@/lib/targets/target-row";
import { getDeployment } from "./deployment-store";
import { type DeploymentRequest, enqueueDeployment } from "./enqueue-deployment";
import { lockService } from "./finish-deployment";

export interface RequestOptions {
  trigger?: "console" | "api" | "deployer" | "demo" | "repair";
  idempotencyKey?: string;
  /** Of method, path and body; needed with a key. */
  requestHash?: string;
  /** What the client calls it: kept with the deployment and answered to it. */
  clientJobId?: string | undefined;
}

/** Asks for the service's present configuration to be deployed. Throws not-found, forbidden or target-disabled. */
export function requestDeployment(
  { service: name, version, message }: NewDeployment,
  actor: Actor,
  options: RequestOptions = {},
): Promise<DeploymentView> {
  const labels = { ...(version && { version }), ...(message && { message }) };
  return request(name, actor, options, async (service, tx) => ({
    kind: "deploy",
    spec: {
      ...specOf(await refreshFromTemplate(tx, service, actor)),
      ...labels,
      clientJobId: options.clientJobId,
    },
  }));
}

/** Asks for the service and all of it to be taken off its target; what it stored on a platform only with `removeData`. */
export function requestRemoval(
  serviceName: string,
  actor: Actor,
  { removeData, ...options }: RequestOptions & { removeData?: boolean } = {},
): Promise<DeploymentView> {
  return request(
    serviceName,
    actor,
    options,
    async (service) => ({ kind: "removal", spec: { ...specOf(service), ...(removeData && { removeData }) } }),
    "service:delete",
  );
}

type Wanted = Pick<DeploymentRequest, "kind" | "spec" | "releaseId">;
export type RequestedService = NonNullable<Awaited<ReturnType<typeof findService>>>;

/** What every way of asking shares: who may, one transaction, the same answer to a repeated key. */
export async function request(
  serviceName: string,
  actor: Actor,
  options: RequestOptions,
  wanted: (service: RequestedService, tx: Tx) => Promise<Wanted>,
  action: "deployment:create" | "service:delete" = "deployment:create",
): Promise<DeploymentView> {
  const { subjectId } = await transaction((tx) =>
    once(tx, actor, options, async () => {
      const found = authorize(actor, action, await findService(tx, serviceName));
      if (found.target.disabledAt) throw new Problem("target-disabled", { params: { target: found.target.name } });
      await lockService(tx, found.id);
      const service = { ...found, currentReleaseId: await currentReleaseOf(tx, found.id) };
      const deployer = { actor, ownerRole: found.owner.role };
      const target = { name: found.target.name, grants: toGrants(found.target), isolates: isolates(found.target) };
      authorizeDeploy(deployer, target);
      const { kind, spec, releaseId } = await wanted(service, tx);
      // What was granted once can be removed still.
      if (kind !== "removal")
        authorizeDeploy(deployer, target, { ...spec, isFromTemplate: service.templateId !== null });
      const trigger = options.trigger ?? (actor.tokenId ? "api" : "console");
      const subjectId = await enqueueDeployment(
        tx,
        { service, target: found.target, kind, spec, releaseId, trigger },
        actor,
      );
      return { subjectId };
    }),
  );
  return getDeployment(subjectId);
}

async function findService(tx: Tx, name: string) {
  const row = await tx.service.findFirst({
    where: { name, deletedAt: null },
    include: { target: true, owner: { select: { role: true } } },
  });
  return row && { ...row, serviceId: row.id };
}

/** Read again under the lock: a deployment may have ended since. */
async function currentReleaseOf(tx: Tx, id: string): Promise<string | null> {
  return (await tx.service.findUniqueOrThrow({ where: { id }, select: { currentReleaseId: true } })).currentReleaseId;
}

/** Freezes what is wanted now; a later change of the service does not reach a deployment that waits. */
function specOf(service: RequestedService): DeploymentSpec {
  return DeploymentSpec.parse({ ...service, serviceName: service.name, health: HealthCheck.parse(service.health) });
}
