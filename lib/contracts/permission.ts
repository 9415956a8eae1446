import type { Actor, Role, TokenScope } from "./user";

/**
 * Who may do what (design 7). `own`: only resources that the caller owns. An action missing from a role's row is
 * denied. Pages, routes and commands all call `can`; nothing else compares roles.
 */
const MEMBER = {
  "service:read": "own",
  "service:create": "any",
  "service:update": "own",
  "service:delete": "own",
  "upload:create": "any",
  "upload:use": "own",
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
  "notification:read": "own",
  "notification:write": "own",
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
  "notification:read": "own",
  "notification:write": "own",
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

/** The reach of a role's permission; undefined is denied. */
export function reachOf(role: Role, action: Action): Reach | undefined {
  if (role === "admin") return "any";
  const table: Partial<Record<Action, Reach>> = role === "member" ? MEMBER : VIEWER;
  return table[action];
}

/** The subject of an action. A token with a scope needs to know its service and target. */
export interface Subject {
  ownerId: string | null;
  serviceId?: string;
  targetId?: string;
  /** The token that created it; null for a person. */
  tokenId?: string | null;
}

/** `subject` is the subject of the action; without it, the check is whether the caller may do it to any subject. */
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
  if (actor.scope && !isInScope(actor.scope, action, subject, actor.tokenId)) return false;
  return reach === "any" || subject === undefined || (subject.ownerId !== null && subject.ownerId === actor.id);
}

/** Only for a person who signed in: a token with these permissions could outlive its own expiry. */
const BY_PERSON: ReadonlySet<Action> = new Set<Action>(["token:create", "account:secure", "notification:write"]);

/** What a deploy-only token needs: to request deployments of existing services, with files of its own, and to follow them. */
const TO_DEPLOY: ReadonlySet<Action> = new Set<Action>([
  "service:read",
  "release:read",
  "deployment:read",
  "deployment:create",
  "deployment:cancel",
  "upload:create",
  "upload:use",
]);

/** Actions on one service. A token with services or targets in its scope can do nothing else and create no service. */
const TO_A_SERVICE: ReadonlySet<Action> = new Set<Action>([
  ...TO_DEPLOY,
  "service:update",
  "service:delete",
  "environment:read",
  "environment:reveal",
  "environment:update",
  "registration:read",
]);

function isInScope(
  { services, targets, deployOnly }: TokenScope,
  action: Action,
  subject?: Subject,
  tokenId?: string | null,
): boolean {
  if (action === "account:read") return true;
  if (deployOnly && !TO_DEPLOY.has(action)) return false;
  // An upload has the files of any service of its owner: a token uses only what it uploaded itself.
  if (action === "upload:use") return subject === undefined || (tokenId != null && subject.tokenId === tokenId);
  if ((services.length === 0 && targets.length === 0) || action === "upload:create") return true;
  if (!TO_A_SERVICE.has(action)) return false;
  return subject === undefined || (isNamed(services, subject.serviceId) && isNamed(targets, subject.targetId));
}

/** An empty list allows everything. A subject without an id is not in a list. */
function isNamed(ids: readonly string[], id: string | undefined): boolean {
  return ids.length === 0 || (id !== undefined && ids.includes(id));
}
