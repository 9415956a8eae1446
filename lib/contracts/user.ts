import * as z from "zod";
import { Locale } from "./locale";

export const ROLES = ["admin", "member", "viewer"] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

/** Who does something: what commands need to check, own and audit. */
export interface Actor {
  /** Null for Landfall itself (the demo deployment, background work). */
  id: string | null;
  name: string;
  role: Role;
  tokenId?: string | null;
  /** A second role that must allow it too: a member's read-only token is a member limited to what a viewer may do. */
  limitedTo?: Role;
  ip?: string | null;
  requestId?: string | null;
}

export const SYSTEM: Actor = { id: null, name: "landfall", role: "admin" };

export const Password = z.string().min(12).max(256);
export const Email = z.email().max(254).toLowerCase();

export const NewUser = z.strictObject({
  email: Email,
  name: z.string().trim().min(1).max(100),
  role: Role,
  password: Password,
});
export type NewUser = z.infer<typeof NewUser>;
export const UserChange = z.strictObject({
  name: z.string().trim().min(1).max(100).optional(),
  role: Role.optional(),
  disabled: z.boolean().optional(),
  password: Password.optional(),
});
export type UserChange = z.infer<typeof UserChange>;
export const UserView = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: Role,
  disabledAt: z.iso.datetime().nullable(),
  lastSignInAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});
export type UserView = z.infer<typeof UserView>;

/** What somebody sees and may change of themselves. `locale` is null until they chose one. */
export const AccountView = UserView.pick({ id: true, email: true, name: true, role: true }).extend({
  locale: Locale.nullable(),
});
export type AccountView = z.infer<typeof AccountView>;
export const AccountChange = z.strictObject({ locale: Locale.nullable() });
export type AccountChange = z.infer<typeof AccountChange>;

export const NewToken = z.strictObject({
  name: z.string().trim().min(1).max(100),
  /** Never more than the role of the person who makes it. */
  role: Role,
  expiresInDays: z.int().min(1).max(3_650).nullish(),
});
export type NewToken = z.infer<typeof NewToken>;
export const TokenView = z.object({
  id: z.uuid(),
  name: z.string(),
  prefix: z.string(),
  role: Role,
  owner: z.object({ id: z.uuid(), name: z.string() }),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});
export type TokenView = z.infer<typeof TokenView>;
/** The only answer that ever holds the token itself. */
export const MadeToken = TokenView.extend({ token: z.string() });

export const AuditView = z.object({
  id: z.uuid(),
  at: z.iso.datetime(),
  actor: z.object({ id: z.uuid().nullable(), name: z.string() }),
  action: z.string(),
  subject: z.object({ type: z.string(), id: z.string().nullable(), name: z.string().nullable() }),
  details: z.json(),
  ip: z.string().nullable(),
});
export type AuditView = z.infer<typeof AuditView>;
