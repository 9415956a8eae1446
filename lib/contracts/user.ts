import * as z from "zod";
import { Locale } from "./locale";

export const ROLES = ["admin", "member", "viewer"] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

/** The caller of a command, for permissions, ownership and the audit. */
export interface Actor {
  /** Null for Landfall itself (the demo deployment, background work). */
  id: string | null;
  name: string;
  role: Role;
  tokenId?: string | null;
  /** The browser's session, if any. */
  sessionId?: string;
  /** The limits of the token; absent without limits and for people. */
  scope?: TokenScope;
  /** Must set up a second factor first: until then they can only use their own account. */
  mustProve?: true;
  /** A second role that must also allow it: a member's read-only token is limited to what a viewer may do. */
  limitedTo?: Role;
  ip?: string | null;
  requestId?: string | null;
}

/** Ids of services and targets. An empty list means all. */
export interface TokenScope {
  services: readonly string[];
  targets: readonly string[];
  /** May deploy, roll back and follow, and change nothing else. */
  deployOnly: boolean;
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
  /** Allowed without a new password too: revokes the user's API tokens. */
  revokeTokens: z.literal(true).optional(),
  secondFactorRequired: z.boolean().optional(),
  /** Removes the second factor of a user who lost it. */
  resetSecondFactor: z.literal(true).optional(),
});
export type UserChange = z.infer<typeof UserChange>;
export const UserView = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: Role,
  disabledAt: z.iso.datetime().nullable(),
  /** Is a second factor set up? */
  secondFactor: z.boolean(),
  secondFactorRequired: z.boolean(),
  /** Linked accounts of sign-in providers. */
  accounts: z.array(z.object({ id: z.uuid(), provider: z.string() })),
  lastSignInAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});
export type UserView = z.infer<typeof UserView>;

/** The profile that a user sees and edits. `locale` is null until they choose one. */
export const AccountView = UserView.pick({ id: true, email: true, name: true, role: true }).extend({
  locale: Locale.nullable(),
});
export type AccountView = z.infer<typeof AccountView>;
export const AccountChange = z.strictObject({ locale: Locale.nullable() });
export type AccountChange = z.infer<typeof AccountChange>;

/** People change only their own password, and must enter the current one. */
export const PasswordChange = z.strictObject({
  current: z.string().min(1).max(256),
  password: Password,
  /** Also revokes the API tokens. */
  revokeTokens: z.boolean().default(false),
});
export type PasswordChange = z.infer<typeof PasswordChange>;

/** A signed-in browser. */
export const SessionView = z.object({
  id: z.uuid(),
  /** The session of this request. */
  isThis: z.boolean(),
  /** `password`, `passkey`, or the name of a provider. */
  via: z.string(),
  /** The User-Agent header of the browser. */
  userAgent: z.string().nullable(),
  ip: z.string().nullable(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type SessionView = z.infer<typeof SessionView>;

export const PasskeyView = z.object({
  id: z.uuid(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
});
export type PasskeyView = z.infer<typeof PasskeyView>;

/** The ways in which a person signs in. */
export const SecurityView = z.object({
  hasPassword: z.boolean(),
  /** Is an authenticator app set up? */
  totp: z.boolean(),
  passkeys: z.array(PasskeyView),
  recoveryCodes: z.int().describe("How many are left"),
  secondFactorRequired: z.boolean(),
});
export type SecurityView = z.infer<typeof SecurityView>;

export const TotpOffer = z.object({
  secret: z.string().describe("For typing into the app"),
  address: z.string().describe("otpauth://…, for a QR code"),
});
export type TotpOffer = z.infer<typeof TotpOffer>;
export const TotpCode = z.strictObject({ code: z.string().trim().min(1).max(16) });

/** Shown once; empty when codes already exist. */
export const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });

/** The argument for navigator.credentials, in the format of the browser library. */
export const PasskeyOptions = z.looseObject({ challenge: z.string() });
/** The result of navigator.credentials; checked by the WebAuthn library. */
export const NewPasskey = z.strictObject({
  name: z.string().trim().min(1).max(100),
  answer: z.looseObject({ id: z.string().max(1_024) }),
});
export type NewPasskey = z.infer<typeof NewPasskey>;

/** A provider account that no user is linked to, from a refused sign-in. */
export const UnlinkedAccountView = z.object({
  id: z.uuid(),
  provider: z.string(),
  providerAccountId: z.string(),
  /** Claimed by the provider; proves nothing. */
  name: z.string().nullable(),
  email: z.string().nullable(),
  lastTriedAt: z.iso.datetime(),
});
export type UnlinkedAccountView = z.infer<typeof UnlinkedAccountView>;
export const AccountLink = z.strictObject({ unlinkedAccountId: z.uuid() });

export const NewToken = z.strictObject({
  name: z.string().trim().min(1).max(100),
  /** At most the role of the person who creates it. */
  role: Role,
  expiresInDays: z.int().min(1).max(3_650).nullish(),
  /** Names of the services it is limited to. Empty means all services of its owner. */
  services: z.array(z.string().max(100)).max(100).default([]),
  /** Names of the targets it is limited to. */
  targets: z.array(z.string().max(100)).max(100).default([]),
  /** May deploy, roll back and follow, and change nothing else. */
  deployOnly: z.boolean().default(false),
});
export type NewToken = z.infer<typeof NewToken>;
export const TokenView = z.object({
  id: z.uuid(),
  name: z.string(),
  prefix: z.string(),
  role: Role,
  /** Empty means all. */
  services: z.array(z.object({ id: z.uuid(), name: z.string() })),
  targets: z.array(z.object({ id: z.uuid(), name: z.string() })),
  deployOnly: z.boolean(),
  owner: z.object({ id: z.uuid(), name: z.string() }),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});
export type TokenView = z.infer<typeof TokenView>;
/** The only response that includes the token itself. */
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
