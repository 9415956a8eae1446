import type { Actor, Role, TokenScope } from "./user";

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
  "account:secure": "own",
  "registration:read": "own",
  "registry:read": "own",
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
  "account:secure": "own",
  "registration:read": "any",
  "registry:read": "any",
  "image-registry:read": "any",
  "user:read": "any",
  "audit:read": "any",
  "backup:read": "any",
  "metrics:read": "any",
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

/** What an action is done to. A token with a scope needs to know which service, and where that is. */
export interface Subject {
  ownerId: string | null;
  serviceId?: string;
  targetId?: string;
}

/** `subject` is what it is done to; without one the question is whether the caller may do it to anything at all. */
export function can(
  actor: Pick<Actor, "id" | "role" | "limitedTo" | "tokenId" | "scope" | "mustProve">,
  action: Action,
  subject?: Subject,
): boolean {
  const reach = reachOf(actor.role, action);
  if (reach === undefined) return false;
  if (actor.limitedTo && reachOf(actor.limitedTo, action) === undefined) return false;
  if (actor.mustProve && !action.startsWith("account:")) return false;
  if (actor.tokenId && BY_PERSON.has(action)) return false;
  if (actor.scope && !isInScope(actor.scope, action, subject)) return false;
  return reach === "any" || subject === undefined || (subject.ownerId !== null && subject.ownerId === actor.id);
}

/** Only a person who signed in: a token that could do these would outlive its own end. */
const BY_PERSON: ReadonlySet<Action> = new Set<Action>(["token:create", "account:secure"]);

/** What a token that may only deploy needs: to ask for deployments of what is there, and to follow them. */
const TO_DEPLOY: ReadonlySet<Action> = new Set<Action>([
  "service:read",
  "release:read",
  "deployment:read",
  "deployment:create",
  "deployment:cancel",
]);

/** What is done to one service. A token with services or targets in its scope does nothing else, and creates none. */
const TO_A_SERVICE: ReadonlySet<Action> = new Set<Action>([
  ...TO_DEPLOY,
  "service:update",
  "service:delete",
  "environment:read",
  "environment:reveal",
  "environment:update",
  "registration:read",
]);

function isInScope({ services, targets, deployOnly }: TokenScope, action: Action, subject?: Subject): boolean {
  if (action === "account:read") return true;
  if (deployOnly && !TO_DEPLOY.has(action)) return false;
  if (services.length === 0 && targets.length === 0) return true;
  if (!TO_A_SERVICE.has(action)) return false;
  return subject === undefined || (isNamed(services, subject.serviceId) && isNamed(targets, subject.targetId));
}

/** An empty list names everything; what says not which it is is not named. */
function isNamed(ids: readonly string[], id: string | undefined): boolean {
  return ids.length === 0 || (id !== undefined && ids.includes(id));
}
