import { fieldFindings } from "@/lib/contracts/field-findings";
import type { FieldError, ProblemParams } from "@/lib/contracts/problem";
import { isReservedName } from "@/lib/contracts/reserved-names";
import { StackName } from "@/lib/contracts/stack";
import type { Actor } from "@/lib/contracts/user";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { wrongField } from "@/lib/services/draft-fields";
import { findTemplateView } from "@/lib/services/templates/template-store";

/** Further errors, known only to the database, of a new stack that its schema has refused already. */
export async function findMoreWrongInStack(body: unknown, actor: Actor | null): Promise<FieldError[]> {
  const { name, template } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const isMissing = typeof template === "string" && (await findTemplateView({ name: template })) === null;
  return [
    ...(typeof name === "string" ? await nameErrors(name, actor?.id ?? null) : []),
    ...(isMissing ? [templateMissing] : []),
  ];
}

export const templateMissing = wrongField(["template"], "not-found");

export async function nameErrors(name: string, ownerId: string | null, tx: Tx = db): Promise<FieldError[]> {
  const { wrong } = await checkStackName(name, ownerId, tx);
  return wrong ? [wrongField(["name"], wrong.code, wrong.params)] : [];
}

interface NameFinding {
  valid: boolean;
  available: boolean;
  /** Why the name is not available: a code with a sentence under `fields` or `problems`. */
  wrong?: { code: string; params?: ProblemParams };
}

/**
 * Can this person create a stack of this name? The data of a removed stack reserves its name for its owner; without a
 * person (null) such a name is taken. The result is final only while the caller has locked the name.
 */
export async function checkStackName(name: string, ownerId: string | null, tx: Tx = db): Promise<NameFinding> {
  const shape = fieldFindings(StackName.safeParse(name).error?.issues ?? [], name)[0];
  if (shape) return { valid: false, available: false, wrong: { code: shape.code, params: shape.params } };
  const isReserved = env.RESERVED_NAMES.includes(name) || isReservedName("stacks", name);
  if (isReserved) return { valid: false, available: false, wrong: { code: "name-reserved" } };
  if (await isNameTaken(tx, name, ownerId)) return { valid: true, available: false, wrong: { code: "name-taken" } };
  return { valid: true, available: true };
}

/**
 * Is a name taken: by a service, or by the volumes that a removed service of another owner left? Without an owner (null)
 * the volumes of every removed service count.
 */
export async function isNameTaken(tx: Tx, name: string, ownerId: string | null): Promise<boolean> {
  const left: Prisma.ServiceWhereInput = {
    deletedAt: { not: null },
    resources: { some: { kind: "volume", removedAt: null } },
    ...(ownerId !== null && { ownerId: { not: ownerId } }),
  };
  const holder = await tx.service.findFirst({
    where: { name, OR: [{ deletedAt: null }, left] },
    select: { id: true },
  });
  return holder !== null;
}
