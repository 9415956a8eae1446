import type { Actor, Role } from "./user";

/**
 * Who may do what (design 7). `own`: only what belongs to the caller. An action that is not in a role's row is denied.
 * Pages, routes and commands all ask `can`; nothing else compares roles.
 */
const MEMBER = {
  "service:read": "own",
  "service:create": "any",
  "service:update": "own",
  "service:delete": "own",
  "environment:read": "own",
  "environment:reveal": "own",
  "environment:update": "own",
  "deployment:read": "own",
  "deployment:create": "own",
  "deployment:cancel": "own",
  "release:read": "own",
  "target:read": "any",
  "template:read": "any",
  "token:read": "own",
  "token:create": "any",
  "token:revoke": "own",
  "account:read": "own",
  "account:update": "own",
  "registration:read": "own",
  "registry:read": "any",
} as const;

const VIEWER = {
  "service:read": "any",
  "environment:read": "any",
  "deployment:read": "any",
  "release:read": "any",
  "target:read": "any",
  "template:read": "any",
  "token:read": "own",
  "token:create": "any",
  "token:revoke": "own",
  "account:read": "own",
  "account:update": "own",
  "registration:read": "any",
  "registry:read": "any",
  "image-registry:read": "any",
  "user:read": "any",
  "audit:read": "any",
  "backup:read": "any",
} as const;

const ADMIN_ONLY = [
  "target:write",
  "template:write",
  "user:write",
  "registry:write",
  "image-registry:write",
  "resource:remove",
  "backup:create",
] as const;

export type Action = keyof typeof MEMBER | keyof typeof VIEWER | (typeof ADMIN_ONLY)[number];
type Reach = "own" | "any";

export const ACTIONS = [...new Set([...Object.keys(MEMBER), ...Object.keys(VIEWER), ...ADMIN_ONLY])] as Action[];

/** How far a role's permission goes; undefined is denied. */
export function reachOf(role: Role, action: Action): Reach | undefined {
  if (role === "admin") return "any";
  const table: Partial<Record<Action, Reach>> = role === "member" ? MEMBER : VIEWER;
  return table[action];
}

/** `subject` is what it is done to; without one the question is whether the caller may do it to anything at all. */
export function can(
  actor: Pick<Actor, "id" | "role" | "limitedTo">,
  action: Action,
  subject?: { ownerId: string | null },
): boolean {
  const reach = reachOf(actor.role, action);
  if (reach === undefined) return false;
  if (actor.limitedTo && reachOf(actor.limitedTo, action) === undefined) return false;
  return reach === "any" || subject === undefined || (subject.ownerId !== null && subject.ownerId === actor.id);
}
