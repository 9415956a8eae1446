import { authorize } from "@/lib/contracts/authorize";
import { authorizeDeploy } from "@/lib/contracts/grants";
import { type FieldError, fieldProblem, Problem } from "@/lib/contracts/problem";
import { DeploymentSpec } from "@/lib/contracts/service";
import type { NewStack } from "@/lib/contracts/stack";
import type { Actor } from "@/lib/contracts/user";
import { enqueueDeployment, type RequestOptions, requestRemoval } from "@/lib/engine/request-deployment";
import { isConsoleName } from "@/lib/hosts/inward-address";
import { audit } from "@/lib/platform/audit/audit";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { once } from "@/lib/platform/db/idempotency";
import { insertEnvironment, readEnvironment } from "@/lib/services/environment-store";
import { foreignVolumeErrors } from "@/lib/services/kept-volumes";
import { domainTakenErrors } from "@/lib/services/place-fields";
import { insertService, lockServiceName } from "@/lib/services/service-store";
import { ownVolumes, stackDraft } from "@/lib/services/templates/stack-draft";
import { holdTemplate, type TemplateRow } from "@/lib/services/templates/template-store";
import { findStackTarget, lockTarget, type TargetRow } from "@/lib/targets/target-store";
import { nameErrors, templateMissing } from "./check-new-stack";
import { getStackDeployment, type StackDeployment } from "./stack-deployment";
import { listStackOffers, ownedStack } from "./stack-store";

/**
 * Creates a stack with its first deployment, in one transaction. A repeated key returns the same stack. Throws
 * name-taken, invalid-request with every invalid field, stacks-unconfigured or target-disabled.
 */
export async function createStack(
  input: NewStack,
  actor: Actor,
  options: RequestOptions = {},
): Promise<StackDeployment> {
  authorize(actor, "service:create");
  authorize(actor, "deployment:create");
  const { subjectId } = await transaction((tx) =>
    once(tx, actor, options, async () => ({ subjectId: await createIn(tx, input, actor, options) })),
  );
  return getStackDeployment(subjectId);
}

async function createIn(tx: Tx, input: NewStack, actor: Actor, options: RequestOptions): Promise<string> {
  const { name } = input;
  const ownerId = ownerOf(actor);
  await lockServiceName(tx, name);
  const wanted = input.template ?? (await defaultTemplateFor(actor));
  const template = await holdTemplate(tx, wanted === undefined ? null : { name: wanted });
  refuse(name, [
    ...(await nameErrors(name, ownerId, tx)),
    ...(input.template !== undefined && !template ? [templateMissing] : []),
  ]);
  if (!template) throw new Problem("stacks-unconfigured");
  const target = await lockStackTarget(tx, template);
  authorizeDeploy({ actor, ownerRole: actor.role }, target);
  const draft = await ownVolumes(tx, stackDraft(template, name), { name, ownerId });
  const isTaken =
    draft.domain !== null &&
    (isConsoleName(draft.domain) || (await domainTakenErrors(tx, draft.domain, target)).length > 0);
  if (isTaken || (await foreignVolumeErrors(tx, draft, ownerId)).length > 0)
    throw fieldProblem(["name"], "name-taken", { name });

  const id = await insertService(tx, name, ownerId, target.id, { ...draft, templateId: template.id });
  if (Object.keys(template.environment).length > 0) await insertEnvironment(tx, id, template.environment, actor);
  const environmentRevisionId = (await readEnvironment(tx, id))?.id ?? null;
  const facts = { template: template.name, target: target.name, image: template.image, domain: draft.domain };
  await audit(tx, actor, "stack.create", { type: "stack", id, name }, facts);
  const spec = DeploymentSpec.parse({ ...draft, serviceName: name, environmentRevisionId });
  const service = { id, name, currentReleaseId: null };
  const trigger = options.trigger ?? (actor.tokenId ? "api" : "console");
  return enqueueDeployment(tx, { service, target, kind: "deploy", spec, trigger }, actor);
}

/** The default template: for a member the first one offered to them, for an administrator the first of all. */
async function defaultTemplateFor(actor: Actor): Promise<string | undefined> {
  return actor.role === "admin" ? undefined : (await listStackOffers(actor))[0]?.template;
}

function ownerOf(actor: Actor): string {
  if (actor.id === null) throw new Problem("forbidden", { detail: "a stack belongs to a person" });
  return actor.id;
}

/** A taken name alone is a conflict; everything else is an invalid request. */
function refuse(name: string, fields: readonly FieldError[]): void {
  const [first] = fields;
  if (!first) return;
  const isConflict = fields.length === 1 && first.code === "name-taken";
  throw new Problem(isConflict ? "name-taken" : "invalid-request", { fields, params: { name } });
}

async function lockStackTarget(tx: Tx, template: TemplateRow): Promise<TargetRow> {
  const found = await findStackTarget(template.targetId, tx);
  const target = found && (await lockTarget(tx, found.name));
  if (!target) throw new Problem("stacks-unconfigured");
  if (target.disabledAt) throw new Problem("target-disabled", { params: { target: target.name } });
  return target;
}

/**
 * Requests the removal of domain, application and project from the server; with `removeData` also of stored data. Kept
 * data reserves the name for its owner. Throws not-found for a service that is not a stack, or not the caller's.
 */
export async function removeStack(
  name: string,
  actor: Actor,
  options: RequestOptions & { removeData?: boolean } = {},
): Promise<StackDeployment> {
  await ownedStack(name, actor, "service:delete");
  const { id } = await requestRemoval(name, actor, options);
  return getStackDeployment(id);
}
