import { v7 as uuidv7 } from "uuid";
import { authorize } from "@/lib/contracts/authorize";
import type { DeploymentKind, DeploymentView, NewDeployment } from "@/lib/contracts/deployment";
import type { DeploymentEvent } from "@/lib/contracts/event";
import { authorizeDeploy } from "@/lib/contracts/grants";
import { HealthCheck } from "@/lib/contracts/health-check";
import { can } from "@/lib/contracts/permission";
import { phaseKeysOf } from "@/lib/contracts/phase";
import { Problem } from "@/lib/contracts/problem";
import { DeploymentSpec } from "@/lib/contracts/service";
import type { Source } from "@/lib/contracts/source";
import { isStack } from "@/lib/contracts/stack-state";
import { sharesPorts } from "@/lib/contracts/target-kind";
import type { Actor } from "@/lib/contracts/user";
import { rollbackTarget } from "@/lib/engine/releases/release-store";
import { audit } from "@/lib/platform/audit/audit";
import { type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { once } from "@/lib/platform/db/idempotency";
import { sendTurn } from "@/lib/platform/queue/boss";
import { refuseWrongFields, wrongField } from "@/lib/services/draft-fields";
import { domainTakenErrors } from "@/lib/services/place-fields";
import { findPortHolder, lockService } from "@/lib/services/service-store";
import { refreshFromTemplate } from "@/lib/services/templates/stack-draft";
import { findCompleteUpload, touchUpload } from "@/lib/sources/archive/uploads";
import { deploymentQueue } from "@/lib/targets/registry";
import { isolates, lockTarget, toGrants } from "@/lib/targets/target-store";
import { getDeployment } from "./deployment-store";

export interface RequestOptions {
  trigger?: "console" | "api" | "deployer" | "demo" | "repair" | "push";
  idempotencyKey?: string;
  /** A hash of method, path and body; required with a key. */
  requestHash?: string;
  /** The client's own id of the deployment, stored and returned to the client. */
  clientJobId?: string | undefined;
}

/** Requests a deployment of the service's current configuration. Throws not-found, forbidden or target-disabled. */
export function requestDeployment(
  wanted: NewDeployment,
  actor: Actor,
  options: RequestOptions = {},
): Promise<DeploymentView> {
  return request(wanted.service, actor, options, deploymentOf(wanted, actor, options));
}

/** The same within the caller's transaction, whose lock on the service's row it shares. Answers the deployment's id. */
export function requestDeploymentIn(
  tx: Tx,
  wanted: NewDeployment,
  actor: Actor,
  options: RequestOptions = {},
): Promise<string> {
  return requestIn(tx, wanted.service, actor, options, deploymentOf(wanted, actor, options));
}

function deploymentOf(
  { version, message, commit, rebuild, upload }: NewDeployment,
  actor: Actor,
  options: RequestOptions,
): Wanting {
  const asked = {
    ...(version && { version }),
    ...(message && { message }),
    ...(commit && { commit }),
    ...(rebuild && { rebuild }),
  };
  return async (service, tx) => {
    const { source: before, ...spec } = specOf(await refreshFromTemplate(tx, service, actor));
    if (commit && before.kind !== "git")
      refuseWrongFields([wrongField(["commit"], "commit-needs-git")], { name: service.name });
    const source = upload ? await replaceUpload(tx, { ...service, source: before }, upload, actor) : before;
    return { kind: "deploy", spec: { ...spec, source, ...asked, clientJobId: options.clientJobId } };
  };
}

/** Replaces uploads only: the permission to deploy does not include changing a service's settings. */
async function replaceUpload(
  tx: Tx,
  { id, name, source: from }: { id: string; name: string; source: Source },
  uploadId: string,
  actor: Actor,
): Promise<Source> {
  if (from.kind !== "archive") refuseWrongFields([wrongField(["upload"], "upload-needs-archive")], { name });
  const found = await findCompleteUpload(uploadId);
  if (!found || !can(actor, "upload:use", found) || !(await touchUpload(tx, uploadId)))
    refuseWrongFields([wrongField(["upload"], "not-found")], { name });
  const source: Source = { kind: "archive", uploadId };
  await tx.service.update({ where: { id }, data: { source } });
  await audit(tx, actor, "service.change", { type: "service", id, name }, { source: { from, to: source } });
  return source;
}

/** Requests a service's removal from its target. Stored data on a platform is removed only with `removeData`. */
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

/**
 * A rollback is a new deployment of an older release: its artifact, environment and configuration. Without a release id
 * it restores the release before the current one. Throws no-previous-release, release-not-restorable, not-found or forbidden.
 */
export function requestRollback(
  input: { serviceName: string; releaseId?: string },
  actor: Actor,
  options: RequestOptions = {},
): Promise<DeploymentView> {
  return request(input.serviceName, actor, options, async (service, tx) => {
    const release = await rollbackTarget(tx, service, input.releaseId);
    if (release.targetId !== service.targetId)
      throw new Problem("release-not-restorable", { params: { reason: "other-target" } });
    const spec = DeploymentSpec.parse(release.spec);
    await refuseTaken(tx, service, spec);
    return { kind: "rollback", spec, releaseId: release.id };
  });
}

/** Another service may have taken the port or the domain since. */
async function refuseTaken(tx: Tx, { id, target }: RequestedService, { domain, port }: DeploymentSpec): Promise<void> {
  await lockTarget(tx, target.name);
  const hasOwnPort =
    !sharesPorts(target.kind) || (await findPortHolder(tx, { targetId: target.id, port, exceptId: id })) === null;
  if (!hasOwnPort) {
    const fields = [wrongField(["port"], "port-taken")];
    throw new Problem("port-taken", { params: { port, target: target.name }, fields });
  }
  const wrong = domain === null ? [] : await domainTakenErrors(tx, domain, target, id);
  if (wrong.length > 0) throw new Problem("domain-taken", { params: { domain: domain ?? "" }, fields: wrong });
}

/**
 * Redeploys the current release exactly: the image by its digest, its environment and its configuration, even if the
 * template has changed. Throws no-current-release, not-found, forbidden or target-disabled.
 */
export function requestRepair(
  serviceName: string,
  actor: Actor,
  options: RequestOptions = {},
): Promise<DeploymentView> {
  return request(serviceName, actor, options, async ({ currentReleaseId }, tx) => {
    if (currentReleaseId === null) throw new Problem("no-current-release");
    const release = await tx.release.findUniqueOrThrow({ where: { id: currentReleaseId } });
    return { kind: "rollback", spec: DeploymentSpec.parse(release.spec), releaseId: release.id };
  });
}

type Wanted = Pick<DeploymentRequest, "kind" | "spec" | "releaseId">;
type RequestedService = NonNullable<Awaited<ReturnType<typeof findService>>>;
type Wanting = (service: RequestedService, tx: Tx) => Promise<Wanted>;

/** What all requests share: one transaction, and the same answer to a repeated key. */
async function request(
  serviceName: string,
  actor: Actor,
  options: RequestOptions,
  wanted: Wanting,
  action?: "service:delete",
): Promise<DeploymentView> {
  const { subjectId } = await transaction((tx) =>
    once(tx, actor, options, async () => ({
      subjectId: await requestIn(tx, serviceName, actor, options, wanted, action),
    })),
  );
  return getDeployment(subjectId);
}

/** Checks what the actor may do with the service and its target, before anything is written. */
async function requestIn(
  tx: Tx,
  serviceName: string,
  actor: Actor,
  options: RequestOptions,
  wanted: Wanting,
  action: "deployment:create" | "service:delete" = "deployment:create",
): Promise<string> {
  const found = authorize(actor, action, await findService(tx, serviceName));
  if (found.target.disabledAt) throw new Problem("target-disabled", { params: { target: found.target.name } });
  await lockService(tx, found.id);
  const service = { ...found, currentReleaseId: await currentReleaseOf(tx, found.id) };
  const deployer = { actor, ownerRole: found.owner.role };
  const target = { name: found.target.name, grants: toGrants(found.target), isolates: isolates(found.target) };
  authorizeDeploy(deployer, target);
  const { kind, spec, releaseId } = await wanted(service, tx);
  // A removal needs no grant: a service stays removable after its grant was withdrawn.
  if (kind !== "removal") authorizeDeploy(deployer, target, { ...spec, isFromTemplate: isStack(service) });
  const trigger = options.trigger ?? (actor.tokenId ? "api" : "console");
  return enqueueDeployment(tx, { service, target: found.target, kind, spec, releaseId, trigger }, actor);
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

/** Freezes the configuration: later changes of the service do not affect a queued deployment. */
function specOf(service: RequestedService): DeploymentSpec {
  return DeploymentSpec.parse({ ...service, serviceName: service.name, health: HealthCheck.parse(service.health) });
}

interface DeploymentRequest {
  service: { id: string; name: string; currentReleaseId: string | null };
  target: { id: string; kind: string; settings: Prisma.JsonValue };
  kind: DeploymentKind;
  spec: DeploymentSpec;
  /** The release to restore. A deploy creates its own. */
  releaseId?: string;
  trigger: string;
}

/**
 * Writes row, phases, first event, audit row and queue message, all in the caller's transaction. The caller has locked
 * the service's row (lockService), so numbers have no gaps and messages are queued in the order of the numbers.
 */
export async function enqueueDeployment(tx: Tx, request: DeploymentRequest, actor: Actor): Promise<string> {
  const { service, target, kind } = request;
  const id = uuidv7();
  const number = await insertDeployment(tx, id, request, actor);
  await audit(
    tx,
    actor,
    `deployment.${kind}`,
    { type: "service", id: service.id, name: service.name },
    { deploymentId: id, number },
  );
  await sendTurn(tx, deploymentQueue(target), { serviceId: service.id });
  return id;
}

/** One statement: round trips take most of the time from request to first phase. Returns its number. */
async function insertDeployment(tx: Tx, id: string, request: DeploymentRequest, actor: Actor): Promise<number> {
  const { service, target, kind, spec, trigger } = request;
  const releaseId = kind === "removal" ? null : (request.releaseId ?? uuidv7());
  const now = new Date();
  const queued: DeploymentEvent = { type: "state", state: "queued", at: now.toISOString() };
  const rows = await tx.$queryRaw<{ number: number }[]>`
    WITH d AS (
      INSERT INTO deployment (id, number, kind, state, driver, trigger, spec, service_id, target_id, requested_by_id, release_id,
        previous_release_id, last_event, queued_at)
      SELECT ${id}::uuid, coalesce(max(number), 0) + 1, ${kind}, 'queued', ${spec.driver}, ${trigger}, ${JSON.stringify(spec)}::jsonb,
        ${service.id}::uuid, ${target.id}::uuid, ${actor.id}::uuid, ${releaseId}::uuid, ${service.currentReleaseId}::uuid, 1, ${now}
      FROM deployment WHERE service_id = ${service.id}::uuid
      RETURNING id, number
    ), phases AS (
      INSERT INTO phase (deployment_id, position, key)
      SELECT d.id, k.position - 1, k.key FROM d, unnest(${phaseKeysOf(spec.driver, kind)}::text[]) WITH ORDINALITY AS k(key, position)
    ), events AS (
      INSERT INTO event (deployment_id, number, type, data) SELECT d.id, 1, ${queued.type}, ${JSON.stringify(queued)}::jsonb FROM d
    )
    SELECT number FROM d`;
  const row = rows[0];
  if (!row) throw new Error(`deployment ${id} was not inserted`);
  return row.number;
}
