import { v7 as uuidv7 } from "uuid";
import { TemplateLimits, type TemplateView, TemplateVolume } from "@/lib/contracts/template";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";
import { type Place, seal, unseal } from "@/lib/platform/secrets/seal";
import type { Secrets } from "@/lib/platform/secrets/secret";

/** All queries of templates, and the conversion of their rows. */

/** What a person configures in a template. */
export interface TemplateDraft {
  description: string | null;
  image: string;
  port: number;
  volumes: TemplateVolume[];
  domainSuffix: string;
  https: boolean;
  healthPath: string;
  limits: TemplateLimits;
  healthCommand: string | null;
  targetId: string | null;
  environment: Secrets;
}

export interface TemplateRow extends TemplateDraft {
  id: string;
  name: string;
  readOnly: boolean;
}

const withStacks = {
  target: { select: { name: true, deletedAt: true } },
  _count: { select: { services: { where: { deletedAt: null } } } },
} as const satisfies Prisma.StackTemplateInclude;
type Row = Prisma.StackTemplateGetPayload<object>;
type CountedRow = Prisma.StackTemplateGetPayload<{ include: typeof withStacks }>;

/** The environment's template comes first, then the oldest: a stack without a named template uses the first. */
const IN_ORDER = [{ readOnly: "desc" }, { createdAt: "asc" }, { id: "asc" }] as const;

export async function listTemplates(): Promise<TemplateView[]> {
  const rows = await db.stackTemplate.findMany({ include: withStacks, orderBy: [...IN_ORDER] });
  return rows.map(toView);
}

/** The fields of each template that decide its stacks' addresses, in the same order. */
export function listTemplatePlaces() {
  const select = { name: true, description: true, domainSuffix: true, https: true, targetId: true } as const;
  return db.stackTemplate.findMany({ select, orderBy: [...IN_ORDER] });
}

export async function findTemplateView(by: { id: string } | { name: string }): Promise<TemplateView | null> {
  const row = await db.stackTemplate.findFirst({ where: by, include: withStacks });
  return row && toView(row);
}

/** Locks a template: no one else can change or remove it until the transaction ends. */
export async function lockTemplate(tx: Tx, name: string): Promise<TemplateRow | null> {
  await tx.$queryRaw`SELECT id FROM stack_template WHERE name = ${name} FOR UPDATE`;
  const row = await tx.stackTemplate.findUnique({ where: { name } });
  return row && toTemplateRow(row);
}

/** Locks the list of templates: no one else can add one until the transaction ends. */
export async function lockTemplateList(tx: Tx): Promise<TemplateRow[]> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('landfall.templates'))`;
  return (await tx.stackTemplate.findMany({ orderBy: [...IN_ORDER] })).map(toTemplateRow);
}

/**
 * The template of a new stack: the named one, or else the first on an enabled server. It cannot change until the
 * transaction ends, while any number of stacks can be created from it.
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

function toTemplateRow(row: Row): TemplateRow {
  const { sealedEnvironment, environmentNames: _, createdAt: __, updatedAt: ___, ...facts } = row;
  return {
    ...facts,
    volumes: TemplateVolume.array().parse(row.volumes),
    limits: TemplateLimits.parse(row.limits),
    environment: sealedEnvironment === null ? {} : unseal<Secrets>(sealedEnvironment, placeOf(row.id)),
  };
}

function toColumns(id: string, { environment, ...facts }: TemplateDraft) {
  const environmentNames = Object.keys(environment).toSorted();
  const sealedEnvironment = environmentNames.length > 0 ? seal(environment, placeOf(id)) : null;
  return { ...facts, environmentNames, sealedEnvironment };
}

function placeOf(id: string): Place {
  return { table: "stack_template", column: "sealed_environment", id };
}

/** The public view: of the environment only the names. */
function toView(row: CountedRow): TemplateView {
  const { id, name, description, image, port, domainSuffix, https, healthPath, healthCommand, readOnly, target } = row;
  return {
    id,
    name,
    description,
    image,
    port,
    volumes: TemplateVolume.array().parse(row.volumes),
    domainSuffix,
    https,
    healthPath,
    limits: TemplateLimits.parse(row.limits),
    healthCommand,
    target: target && target.deletedAt === null ? target.name : null,
    environment: row.environmentNames,
    readOnly,
    stacks: row._count.services,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
