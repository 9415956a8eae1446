import { isDeepStrictEqual } from "node:util";
import type { FieldError } from "@/lib/contracts/problem";
import type { Prisma, Tx } from "@/lib/platform/db/client";
import { findTargetRow, lockTarget } from "@/lib/targets/target-store";
import { findTemplateView, type TemplateDraft } from "./template-store";

/** What only the database knows is wrong with a new template's body that its schema has refused already. */
export async function findMoreWrongInNewTemplate(body: unknown): Promise<FieldError[]> {
  const name = fieldOf(body, "name");
  const taken = typeof name === "string" && (await findTemplateView({ name })) !== null;
  return [...(taken ? [wrong("name", "name-taken")] : []), ...(await findMoreWrongInTemplate(body))];
}

/** The same of a change. */
export async function findMoreWrongInTemplate(body: unknown): Promise<FieldError[]> {
  const target = fieldOf(body, "target");
  return typeof target === "string" ? (await findTemplateTarget(target)).wrong : [];
}

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
}

/** The Dokploy target of that name, which stays until `tx` ends: its id, or what is wrong. No name is no target of its own. */
export async function findTemplateTarget(
  name: string | null | undefined,
  tx?: Tx,
): Promise<{ targetId: string | null; wrong: FieldError[] }> {
  if (name === null || name === undefined) return { targetId: null, wrong: [] };
  const target = tx ? await lockTarget(tx, name) : await findTargetRow(name);
  if (!target) return { targetId: null, wrong: [wrong("target", "not-found")] };
  if (target.kind !== "dokploy") return { targetId: null, wrong: [wrong("target", "driver-not-for-target")] };
  return { targetId: target.id, wrong: [] };
}

function wrong(field: string, code: string): FieldError {
  return { path: [field], code, message: code };
}

/** For the audit trail: each changed field from what to what; of the environment the names. */
export function templateChanges(before: TemplateDraft, after: TemplateDraft): Prisma.InputJsonObject {
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
