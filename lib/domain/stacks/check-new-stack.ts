import { fieldFindings } from "@/lib/contracts/field-findings";
import type { FieldError, ProblemParams } from "@/lib/contracts/problem";
import { isReservedName } from "@/lib/contracts/reserved-names";
import { StackName } from "@/lib/contracts/stack";
import type { Actor } from "@/lib/contracts/user";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { wrongField } from "@/lib/services/draft-fields";
import { findTemplateView } from "@/lib/services/templates/template-store";

/** What else is wrong with a new stack whose schema has refused it already. */
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
  /** Why it cannot be had: a code with a sentence under `fields` or `problems`. */
  wrong?: { code: string; params?: ProblemParams };
}

/**
 * Whether a stack may be given this name by this person. Data that a removed stack left keeps its name for its owner, so
 * to nobody (null) it is taken. Only a caller who holds the name's lock can rely on it.
 */
export async function checkStackName(name: string, ownerId: string | null, tx: Tx = db): Promise<NameFinding> {
  const shape = fieldFindings(StackName.safeParse(name).error?.issues ?? [], name)[0];
  if (shape) return { valid: false, available: false, wrong: { code: shape.code, params: shape.params } };
  const isReserved = env.RESERVED_NAMES.includes(name) || isReservedName("stacks", name);
  if (isReserved) return { valid: false, available: false, wrong: { code: "name-reserved" } };
  if (await isNameHeld(tx, name, ownerId)) return { valid: true, available: false, wrong: { code: "name-taken" } };
  return { valid: true, available: true };
}

/**
 * A name is held by the live service that has it, and by the volumes that a removed service of another owner left. Without
 * an owner (null) the volumes of every removed service hold their name.
 */
export async function isNameHeld(tx: Tx, name: string, ownerId: string | null): Promise<boolean> {
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
