import { v7 as uuidv7 } from "uuid";
import type { TemplateView } from "@/lib/contracts/template";
import { db, type Tx } from "@/lib/platform/db/client";
import { type TemplateDraft, type TemplateRow, toColumns, toTemplateRow, toView, withStacks } from "./template-row";

/** All the Prisma of templates. */

/** The environment's own comes first, then the oldest: the first is what a stack is made from when nobody said. */
const IN_ORDER = [{ readOnly: "desc" }, { createdAt: "asc" }, { id: "asc" }] as const;

export async function listTemplates(): Promise<TemplateView[]> {
  const rows = await db.stackTemplate.findMany({ include: withStacks, orderBy: [...IN_ORDER] });
  return rows.map(toView);
}

/** Of each, in the same order, what says where its stacks answer. */
export function listTemplatePlaces() {
  const select = { name: true, description: true, domainSuffix: true, https: true, targetId: true } as const;
  return db.stackTemplate.findMany({ select, orderBy: [...IN_ORDER] });
}

export async function findTemplateView(by: { id: string } | { name: string }): Promise<TemplateView | null> {
  const row = await db.stackTemplate.findFirst({ where: by, include: withStacks });
  return row && toView(row);
}

/** Nobody else changes or removes it until the transaction ends. */
export async function lockTemplate(tx: Tx, name: string): Promise<TemplateRow | null> {
  await tx.$queryRaw`SELECT id FROM stack_template WHERE name = ${name} FOR UPDATE`;
  const row = await tx.stackTemplate.findUnique({ where: { name } });
  return row && toTemplateRow(row);
}

/** Every template, and nobody else adds one until the transaction ends. */
export async function lockTemplateList(tx: Tx): Promise<TemplateRow[]> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('landfall.templates'))`;
  return (await tx.stackTemplate.findMany({ orderBy: [...IN_ORDER] })).map(toTemplateRow);
}

/**
 * What a stack is made from: the template of that name, or without one the first whose server is not at rest. It stays as it is until the
 * transaction ends, and any number of stacks can be made from it meanwhile.
 */
export async function holdTemplate(tx: Tx, by: { id: string } | { name: string } | null): Promise<TemplateRow | null> {
  const wanted = await tx.stackTemplate.findFirst({
    where: by ?? { OR: [{ targetId: null }, { target: { disabledAt: null } }] },
    orderBy: [...IN_ORDER],
    select: { id: true },
  });
  if (!wanted) return null;
  await tx.$queryRaw`SELECT id FROM stack_template WHERE id = ${wanted.id}::uuid FOR SHARE`;
  const row = await tx.stackTemplate.findUnique({ where: { id: wanted.id } });
  return row && toTemplateRow(row);
}

export async function insertTemplate(
  tx: Tx,
  name: string,
  draft: TemplateDraft,
  more: { readOnly?: boolean } = {},
): Promise<string> {
  const id = uuidv7();
  await tx.stackTemplate.create({ data: { id, name, ...toColumns(id, draft), ...more } });
  return id;
}

export async function updateTemplate(
  tx: Tx,
  id: string,
  draft: TemplateDraft,
  more: { readOnly?: boolean } = {},
): Promise<void> {
  await tx.stackTemplate.update({ where: { id }, data: { ...toColumns(id, draft), ...more } });
}

export async function deleteTemplate(tx: Tx, id: string): Promise<void> {
  await tx.stackTemplate.delete({ where: { id } });
}

export async function countStacksOf(tx: Tx, templateId: string): Promise<number> {
  return tx.service.count({ where: { templateId, deletedAt: null } });
}
