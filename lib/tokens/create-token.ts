import { v7 as uuidv7 } from "uuid";
import type * as z from "zod";
import { audit } from "@/lib/audit/audit";
import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import { type Actor, type MadeToken, type NewToken, ROLES } from "@/lib/contracts/user";
import { transaction } from "@/lib/db/client";
import { type IdempotencyOptions, once } from "@/lib/db/idempotency";
import { makeToken } from "./make-token";
import { toTokenView, WITH_OWNER } from "./token-store";

const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * The only time the token itself is known. A repeat under the same key finds the row but no token in it; the answer that
 * had it may never have arrived, so the row gets a new one and the lost one stops working.
 */
export async function createToken(
  input: NewToken,
  actor: Actor,
  options?: IdempotencyOptions,
): Promise<z.infer<typeof MadeToken>> {
  authorize(actor, "token:create");
  const userId = actor.id;
  if (userId === null) throw new Problem("forbidden"); // a token belongs to a person
  requireLowerRole(input, actor);
  const { token, prefix, hash } = makeToken();
  return transaction(async (tx) => {
    const { subjectId: id, repeated } = await once(tx, actor, options, async () => {
      const made = {
        id: uuidv7(),
        name: input.name,
        role: input.role,
        expiresAt: expiryOf(input),
        prefix,
        hash,
        userId,
      };
      await tx.apiToken.create({ data: made });
      const details = { role: made.role, prefix, expiresAt: made.expiresAt?.toISOString() ?? null };
      await audit(tx, actor, "token.create", { type: "token", id: made.id, name: made.name }, details);
      return { subjectId: made.id };
    });
    if (repeated) await tx.apiToken.update({ where: { id }, data: { prefix, hash } });
    const row = await tx.apiToken.findUniqueOrThrow({ where: { id }, include: WITH_OWNER });
    return { ...toTokenView(row), token };
  });
}

/** Roles are listed from the most allowed to the least. */
function requireLowerRole({ role }: NewToken, actor: Actor): void {
  const least = Math.max(ROLES.indexOf(actor.role), ROLES.indexOf(actor.limitedTo ?? actor.role));
  if (ROLES.indexOf(role) >= least) return;
  throw new Problem("invalid-request", {
    fields: [{ path: ["role"], code: "role-too-high", message: "role-too-high" }],
  });
}

function expiryOf({ expiresInDays }: NewToken): Date | null {
  return expiresInDays == null ? null : new Date(Date.now() + expiresInDays * DAY_MS);
}
