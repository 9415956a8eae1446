import { type Action, can, reachOf, type Subject } from "./permission";
import { Problem } from "./problem";
import type { Actor } from "./user";

/** The subject of an action; null when it was not found. */
export type Owned = Subject | null;

/**
 * The permission check of pages, routes and commands; deny by default. Throws `forbidden` when the role may not do this
 * at all. The subject of another owner is `not-found`, like one that does not exist: a person who sees only their own
 * must not learn what others have.
 */
export function authorize<Found extends Owned>(actor: Actor, action: Action, subject: Found): NonNullable<Found>;
export function authorize(actor: Actor, action: Action): void;
export function authorize(actor: Actor, action: Action, subject?: Owned): Owned | undefined {
  if (!can(actor, action))
    throw new Problem(actor.mustProve ? "second-factor-unset" : "forbidden", { params: { action } });
  if (subject === undefined) return undefined;
  if (subject === null || !can(actor, action, subject)) throw new Problem("not-found");
  return subject;
}

/** Which services a caller may see. An absent field sets no limit. */
export interface Reach {
  ownerId?: string;
  serviceIds?: readonly string[];
  targetIds?: readonly string[];
}

/** Narrows a list to what the caller may see: everything, or their own within the scope of their token. */
export function ownedBy(actor: Actor, action: Action): Reach {
  authorize(actor, action);
  const { services = [], targets = [] } = actor.scope ?? {};
  const scope = {
    ...(services.length > 0 && { serviceIds: services }),
    ...(targets.length > 0 && { targetIds: targets }),
  };
  if (reachOf(actor.role, action) === "any") return scope;
  if (actor.id === null) throw new Problem("forbidden", { params: { action } });
  return { ...scope, ownerId: actor.id };
}

/** A reach as a condition on services. */
export function servicesWithin({ ownerId, serviceIds, targetIds }: Reach) {
  return {
    ...(ownerId !== undefined && { ownerId }),
    ...(serviceIds && { id: { in: [...serviceIds] } }),
    ...(targetIds && { targetId: { in: [...targetIds] } }),
  };
}
