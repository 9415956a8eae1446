import { v7 as uuidv7 } from "uuid";
import type * as z from "zod";
import { authorize, ownedBy, servicesWithin } from "@/lib/contracts/authorize";
import { type FieldError, Problem } from "@/lib/contracts/problem";
import { type Actor, type MadeToken, type NewToken, ROLES, type TokenView } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { makeToken } from "./make-token";
import { toTokenViews, WITH_OWNER } from "./token-store";

const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * Throws forbidden for a token, which could create one that outlives it. Only this returns the token itself. A repeat
 * with the same key finds the row without its token. The first response may be lost, so the row gets a new token and
 * the lost one stops working.
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
  const scope = await findScope(input, actor);
  const { token, prefix, hash } = makeToken();
  return transaction(async (tx) => {
    const { subjectId: id, repeated } = await once(tx, actor, options, async () => {
      const made = {
        id: uuidv7(),
        name: input.name,
        role: input.role,
        ...scope,
        expiresAt: expiryOf(input),
        prefix,
        hash,
        userId,
      };
      await tx.apiToken.create({ data: made });
      const { services, targets, deployOnly } = input;
      const limits = { services, targets, deployOnly };
      const details = { role: made.role, prefix, expiresAt: made.expiresAt?.toISOString() ?? null, ...limits };
      await audit(tx, actor, "token.create", { type: "token", id: made.id, name: made.name }, details);
      return { subjectId: made.id };
    });
    if (repeated) await tx.apiToken.update({ where: { id }, data: { prefix, hash } });
    const row = await tx.apiToken.findUniqueOrThrow({ where: { id }, include: WITH_OWNER });
    const [view] = await toTokenViews([row], tx);
    if (!view) throw new Error(`token ${id} is missing from its own view`);
    return { ...view, token };
  });
}

/** Roles are listed with the most permissions first. */
function requireLowerRole({ role }: NewToken, actor: Actor): void {
  const least = Math.max(ROLES.indexOf(actor.role), ROLES.indexOf(actor.limitedTo ?? actor.role));
  if (ROLES.indexOf(role) >= least) return;
  throw new Problem("invalid-request", {
    fields: [{ path: ["role"], code: "role-too-high", message: "role-too-high" }],
  });
}

/** By id: another service may get the name later. Names that the actor cannot see count as not found. */
async function findScope(input: NewToken, actor: Actor) {
  const [services, targets] = await Promise.all([
    db.service.findMany({
      where: { name: { in: input.services }, deletedAt: null, AND: servicesWithin(ownedBy(actor, "service:read")) },
      select: { id: true, name: true },
    }),
    db.target.findMany({ where: { name: { in: input.targets }, deletedAt: null }, select: { id: true, name: true } }),
  ]);
  const fields = [
    ...unknownNames("services", input.services, services),
    ...unknownNames("targets", input.targets, targets),
  ];
  if (fields.length > 0) throw new Problem("invalid-request", { fields });
  const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
  return { services: idsOf(services), targets: idsOf(targets), deployOnly: input.deployOnly };
}

function unknownNames(field: string, wanted: readonly string[], found: readonly { name: string }[]): FieldError[] {
  const known = new Set(found.map(({ name }) => name));
  return wanted.flatMap((name, index) =>
    known.has(name) ? [] : [{ path: [field, index], code: "not-found", message: "not-found" }],
  );
}

function expiryOf({ expiresInDays }: NewToken): Date | null {
  return expiresInDays == null ? null : new Date(Date.now() + expiresInDays * DAY_MS);
}

/** Takes effect immediately and permanently. A repeat changes nothing. */
export function revokeToken(id: string, actor: Actor): Promise<TokenView> {
  return transaction(async (tx) => {
    const found = await tx.apiToken.findUnique({ where: { id }, include: WITH_OWNER });
    authorize(actor, "token:revoke", found && { ownerId: found.userId });
    if (!found) throw new Problem("not-found");
    const { count } = await tx.apiToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } });
    if (count > 0)
      await audit(tx, actor, "token.revoke", { type: "token", id, name: found.name }, { prefix: found.prefix });
    const row = await tx.apiToken.findUniqueOrThrow({ where: { id }, include: WITH_OWNER });
    const [view] = await toTokenViews([row], tx);
    return view ?? Promise.reject(new Problem("not-found"));
  });
}
