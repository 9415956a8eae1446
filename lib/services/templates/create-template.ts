import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { NewTemplate, TemplateView } from "@/lib/contracts/template";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { secretsOf } from "@/lib/platform/secrets/secret";
import { findTemplateTarget } from "./template-fields";
import { findTemplateView, insertTemplate, lockTemplateList, type TemplateDraft } from "./template-store";

/** From now on stacks can be made from it. Throws name-taken, or invalid-request for a target that takes no stacks. */
export async function createTemplate(
  input: NewTemplate,
  actor: Actor,
  options?: IdempotencyOptions,
): Promise<TemplateView> {
  authorize(actor, "template:write");
  const { subjectId } = await transaction((tx) =>
    once(tx, actor, options, async () => ({ subjectId: await createIn(tx, input, actor) })),
  );
  const created = await findTemplateView({ id: subjectId });
  if (!created) throw new Problem("not-found");
  return created;
}

async function createIn(tx: Tx, { name, target, environment, ...input }: NewTemplate, actor: Actor): Promise<string> {
  const templates = await lockTemplateList(tx);
  const isTaken = templates.some((template) => template.name === name);
  const { targetId, wrong } = await findTemplateTarget(target, tx);
  if (wrong.length > 0) throw new Problem("invalid-request", { fields: [...(isTaken ? [nameTaken] : []), ...wrong] });
  if (isTaken) throw new Problem("name-taken", { params: { name }, fields: [nameTaken] });
  const { description = null, healthCommand = null, ...facts } = input;
  const draft: TemplateDraft = { ...facts, description, healthCommand, targetId, environment: secretsOf(environment) };
  const id = await insertTemplate(tx, name, draft);
  await auditCreated(tx, actor, { id, name }, draft);
  return id;
}

const nameTaken = { path: ["name"], code: "name-taken", message: "name-taken" };

export async function auditCreated(
  tx: Tx,
  actor: Actor,
  template: { id: string; name: string },
  { environment, image, port, domainSuffix }: TemplateDraft,
): Promise<void> {
  const facts = { image, port, domainSuffix, environment: Object.keys(environment) };
  await audit(tx, actor, "template.create", { type: "template", ...template }, facts);
}
