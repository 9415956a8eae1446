import { fieldFindings } from "@/lib/contracts/field-findings";
import type { ProblemParams } from "@/lib/contracts/problem";
import { isReservedName } from "@/lib/contracts/reserved-names";
import { StackName } from "@/lib/contracts/stack";
import { db, type Tx } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { isNameHeld } from "./stack-store";

export interface NameFinding {
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
