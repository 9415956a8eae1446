import { type Action, can, reachOf } from "./permission";
import { Problem } from "./problem";
import type { Actor } from "./user";

/** What an action is done to; null when it was looked for and is not there. */
export type Owned = { ownerId: string | null } | null;

/**
 * The one gate of pages, routes and commands; deny by default. Throws `forbidden` when the role may not do this at all.
 * A subject that belongs to somebody else is `not-found`, exactly as one that is not there: whoever may see only
 * their own must not learn what others have.
 */
export function authorize<Subject extends Owned>(actor: Actor, action: Action, subject: Subject): NonNullable<Subject>;
export function authorize(actor: Actor, action: Action): void;
export function authorize(actor: Actor, action: Action, subject?: Owned): Owned | undefined {
  if (!can(actor, action)) throw new Problem("forbidden", { params: { action } });
  if (subject === undefined) return undefined;
  if (subject === null || !can(actor, action, subject)) throw new Problem("not-found");
  return subject;
}

/** Narrows a list to what the caller may see: everything, or what is their own. */
export function ownedBy(actor: Actor, action: Action): { ownerId?: string } {
  authorize(actor, action);
  if (reachOf(actor.role, action) === "any") return {};
  if (actor.id === null) throw new Problem("forbidden", { params: { action } });
  return { ownerId: actor.id };
}
