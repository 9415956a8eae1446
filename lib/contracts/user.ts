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
  /** The browser's session, where one was used. */
  sessionId?: string;
  /** What a token is limited to; absent where it is not, and for people. */
  scope?: TokenScope;
  /** Must set up a second factor first: until then only their own account is theirs. */
  mustProve?: true;
  /** A second role that must allow it too: a member's read-only token is a member limited to what a viewer may do. */
  limitedTo?: Role;
  ip?: string | null;
  requestId?: string | null;
}

/** Ids of services and targets, each list empty for all. */
export interface TokenScope {
  services: readonly string[];
  targets: readonly string[];
  /** Deploys, rolls back and follows; changes nothing else. */
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
  /** With a new password, or alone: the API tokens of the user stop working. */
  revokeTokens: z.literal(true).optional(),
  secondFactorRequired: z.boolean().optional(),
  /** Removes what a user who lost it proves beside the password. */
  resetSecondFactor: z.literal(true).optional(),
});
export type UserChange = z.infer<typeof UserChange>;
export const UserView = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: Role,
  disabledAt: z.iso.datetime().nullable(),
  /** Whether one is set up. */
  secondFactor: z.boolean(),
  secondFactorRequired: z.boolean(),
  /** Accounts of sign-in providers that are linked. */
  accounts: z.array(z.object({ id: z.uuid(), provider: z.string() })),
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

/** Everyone changes their own, and says the present one. */
export const PasswordChange = z.strictObject({
  current: z.string().min(1).max(256),
  password: Password,
  /** The API tokens stop working too. */
  revokeTokens: z.boolean().default(false),
});
export type PasswordChange = z.infer<typeof PasswordChange>;

/** A browser that is signed in. */
export const SessionView = z.object({
  id: z.uuid(),
  /** The one that asks. */
  isThis: z.boolean(),
  /** password, passkey, or the name of a provider */
  via: z.string(),
  /** What the browser says of itself. */
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

/** How a person proves who they are. */
export const SecurityView = z.object({
  hasPassword: z.boolean(),
  /** An authenticator app is set up. */
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

/** Shown once; empty where there are codes already. */
export const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });

/** What navigator.credentials takes, as the browser library reads it. */
export const PasskeyOptions = z.looseObject({ challenge: z.string() });
/** What navigator.credentials answered; checked by the WebAuthn library. */
export const NewPasskey = z.strictObject({
  name: z.string().trim().min(1).max(100),
  answer: z.looseObject({ id: z.string().max(1_024) }),
});
export type NewPasskey = z.infer<typeof NewPasskey>;

/** An account of a provider that nobody is linked to, from a sign-in that was refused. */
export const UnlinkedAccountView = z.object({
  id: z.uuid(),
  provider: z.string(),
  providerAccountId: z.string(),
  /** What the provider says; it proves nothing. */
  name: z.string().nullable(),
  email: z.string().nullable(),
  lastTriedAt: z.iso.datetime(),
});
export type UnlinkedAccountView = z.infer<typeof UnlinkedAccountView>;
export const AccountLink = z.strictObject({ unlinkedAccountId: z.uuid() });

export const NewToken = z.strictObject({
  name: z.string().trim().min(1).max(100),
  /** Never more than the role of the person who makes it. */
  role: Role,
  expiresInDays: z.int().min(1).max(3_650).nullish(),
  /** Names of the services it is limited to; none is all of its owner's. */
  services: z.array(z.string().max(100)).max(100).default([]),
  /** Names of the targets it is limited to. */
  targets: z.array(z.string().max(100)).max(100).default([]),
  /** Deploys, rolls back and follows; changes nothing else. */
  deployOnly: z.boolean().default(false),
});
export type NewToken = z.infer<typeof NewToken>;
export const TokenView = z.object({
  id: z.uuid(),
  name: z.string(),
  prefix: z.string(),
  role: Role,
  /** Empty for all. */
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
