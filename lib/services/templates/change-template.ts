import { authorize } from "@/lib/contracts/authorize";
import { type FieldError, Problem } from "@/lib/contracts/problem";
import type { TemplateChange, TemplateView } from "@/lib/contracts/template";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { type Secrets, secretsOf } from "@/lib/platform/secrets/secret";
import { findTemplateTarget, templateChanges } from "./template-fields";
import { findTemplateView, lockTemplate, type TemplateDraft, type TemplateRow, updateTemplate } from "./template-store";

/** Its stacks take it up with their next deployment. Throws read-only for the one that the environment names. */
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

/** One that changes nothing leaves no trace. */
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
