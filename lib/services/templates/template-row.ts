import { TemplateLimits, type TemplateView, TemplateVolume } from "@/lib/contracts/template";
import type { Prisma } from "@/lib/platform/db/client";
import { type Place, seal, unseal } from "@/lib/platform/secrets/seal";
import type { Secrets } from "@/lib/platform/secrets/secret";

/** How a template's row reads. */

/** What a person decides about a template. */
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

export const withStacks = {
  target: { select: { name: true, deletedAt: true } },
  _count: { select: { services: { where: { deletedAt: null } } } },
} as const satisfies Prisma.StackTemplateInclude;
type Row = Prisma.StackTemplateGetPayload<object>;
type CountedRow = Prisma.StackTemplateGetPayload<{ include: typeof withStacks }>;

export function toTemplateRow(row: Row): TemplateRow {
  const { sealedEnvironment, environmentNames: _, createdAt: __, updatedAt: ___, ...facts } = row;
  return {
    ...facts,
    volumes: TemplateVolume.array().parse(row.volumes),
    limits: TemplateLimits.parse(row.limits),
    environment: sealedEnvironment === null ? {} : unseal<Secrets>(sealedEnvironment, placeOf(row.id)),
  };
}

export function toColumns(id: string, { environment, ...facts }: TemplateDraft) {
  const environmentNames = Object.keys(environment).toSorted();
  const sealedEnvironment = environmentNames.length > 0 ? seal(environment, placeOf(id)) : null;
  return { ...facts, environmentNames, sealedEnvironment };
}

function placeOf(id: string): Place {
  return { table: "stack_template", column: "sealed_environment", id };
}

/** What everybody sees: of the environment its names. */
export function toView(row: CountedRow): TemplateView {
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
