import { isDeepStrictEqual } from "node:util";
import { authorize } from "@/lib/contracts/authorize";
import { type FieldError, Problem } from "@/lib/contracts/problem";
import { STACK_DRIVER } from "@/lib/contracts/stack-state";
import { carries } from "@/lib/contracts/target-kind";
import type { NewTemplate, TemplateChange, TemplateView } from "@/lib/contracts/template";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { type Secrets, secretsOf } from "@/lib/platform/secrets/secret";
import { findTargetRow, lockTarget } from "@/lib/targets/target-store";
import {
  countStacksOf,
  deleteTemplate,
  findTemplateView,
  insertTemplate,
  lockTemplate,
  lockTemplateList,
  type TemplateDraft,
  type TemplateRow,
  updateTemplate,
} from "./template-store";

/** Administrators create, change and remove templates; Landfall does so from its environment. */

/** Creates a template for stacks. Throws name-taken, or invalid-request for a target that cannot run stacks. */
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

/** Stacks get a change with their next deployment. Throws read-only for the template of the environment. */
export async function changeTemplate(name: string, change: TemplateChange, actor: Actor): Promise<TemplateView> {
  authorize(actor, "template:write");
  await transaction(async (tx) => {
    const template = await lockTemplate(tx, name);
    if (!template) throw new Problem("not-found");
    if (template.readOnly) throw new Problem("read-only", { params: { name } });
    await changeTo(tx, template, await changedDraft(tx, template, change), actor);
  });
  const changed = await findTemplateView({ name });
  if (!changed) throw new Problem("not-found");
  return changed;
}

/** A change without effect is not audited. */
export async function changeTo(tx: Tx, template: TemplateRow, draft: TemplateDraft, actor: Actor): Promise<void> {
  const changes = templateChanges(template, draft);
  if (Object.keys(changes).length === 0) return;
  const { id, name } = template;
  await updateTemplate(tx, id, draft);
  await audit(tx, actor, "template.change", { type: "template", id, name }, changes);
}

async function changedDraft(tx: Tx, template: TemplateRow, change: TemplateChange): Promise<TemplateDraft> {
  const { id: _, name: __, readOnly: ___, ...draft } = template;
  const { target, environment, ...facts } = change;
  const place = target === undefined ? { targetId: draft.targetId, wrong: [] } : await findTemplateTarget(target, tx);
  const wrong = [...place.wrong, ...contradictions(environment)];
  if (wrong.length > 0) throw new Problem("invalid-request", { fields: wrong });
  const given = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return { ...draft, ...given, targetId: place.targetId, environment: changedEnvironment(draft, environment) };
}

function changedEnvironment({ environment }: TemplateDraft, change: TemplateChange["environment"]): Secrets {
  const unset = new Set(change?.unset);
  const kept = Object.entries(environment).filter(([name]) => !unset.has(name));
  return { ...Object.fromEntries(kept), ...secretsOf(change?.set ?? {}) };
}

function contradictions({ set = {}, unset = [] }: Partial<NonNullable<TemplateChange["environment"]>> = {}) {
  return unset.flatMap((name, index): FieldError[] =>
    Object.hasOwn(set, name)
      ? [
          {
            path: ["environment", "unset", index],
            code: "set-and-unset",
            message: "set-and-unset",
            params: { name },
          },
        ]
      : [],
  );
}

/** For the audit trail: each changed field with its old and new value, and of the environment only the names. */
function templateChanges(before: TemplateDraft, after: TemplateDraft): Prisma.InputJsonObject {
  const { environment: was, ...factsBefore } = before;
  const { environment: is, ...factsAfter } = after;
  const fields = (Object.keys(factsAfter) as (keyof typeof factsAfter)[]).filter(
    (field) => !isDeepStrictEqual(factsBefore[field], factsAfter[field]),
  );
  const set = Object.keys(is).filter((name) => !is[name]?.equals(was[name]));
  const unset = Object.keys(was).filter((name) => !Object.hasOwn(is, name));
  return {
    ...Object.fromEntries(fields.map((field) => [field, { from: factsBefore[field], to: factsAfter[field] }])),
    ...(set.length + unset.length > 0 && { environment: { set, unset } }),
  };
}

/** Refused while stacks use the template: they could not be redeployed without it. */
export async function removeTemplate(name: string, actor: Actor): Promise<void> {
  authorize(actor, "template:write");
  await transaction(async (tx) => {
    const template = await lockTemplate(tx, name);
    if (!template) throw new Problem("not-found");
    if (template.readOnly) throw new Problem("read-only", { params: { name } });
    const stacks = await countStacksOf(tx, template.id);
    if (stacks > 0) throw new Problem("template-in-use", { params: { name, stacks } });
    await deleteTemplate(tx, template.id);
    await audit(tx, actor, "template.remove", { type: "template", id: template.id, name });
  });
}

/** Further errors, known only to the database, of a new template that its schema has refused already. */
export async function findMoreWrongInNewTemplate(body: unknown): Promise<FieldError[]> {
  const name = fieldOf(body, "name");
  const taken = typeof name === "string" && (await findTemplateView({ name })) !== null;
  return [...(taken ? [wrong("name", "name-taken")] : []), ...(await findMoreWrongInTemplate(body))];
}

/** The same for a change. */
export async function findMoreWrongInTemplate(body: unknown): Promise<FieldError[]> {
  const target = fieldOf(body, "target");
  return typeof target === "string" ? (await findTemplateTarget(target)).wrong : [];
}

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
}

/** The id of the named Dokploy target, locked until `tx` ends, or the error. Null without a name. */
async function findTemplateTarget(
  name: string | null | undefined,
  tx?: Tx,
): Promise<{ targetId: string | null; wrong: FieldError[] }> {
  if (name === null || name === undefined) return { targetId: null, wrong: [] };
  const target = tx ? await lockTarget(tx, name) : await findTargetRow(name);
  if (!target) return { targetId: null, wrong: [wrong("target", "not-found")] };
  if (!carries(target.kind, STACK_DRIVER)) return { targetId: null, wrong: [wrong("target", "driver-not-for-target")] };
  return { targetId: target.id, wrong: [] };
}

function wrong(field: string, code: string): FieldError {
  return { path: [field], code, message: code };
}
