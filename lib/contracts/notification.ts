import * as z from "zod";
import { Commit } from "./git-source";
import { Locale } from "./locale";
import { CHANNEL_KINDS, type ChannelKind, EVENT_KINDS } from "./notification-events";
import { Port } from "./port";
import { ProblemData } from "./problem";
import { HostAddress } from "./ssh";
import { Email } from "./user";
import { verbatim } from "./verbatim";

export const ChannelKindName = z.enum(CHANNEL_KINDS);
export const EventKind = z.enum(EVENT_KINDS);

/** A user name and a password in it would be shown with the address. */
const HttpAddress = z
  .string()
  .trim()
  .max(2_048)
  .pipe(z.url({ protocol: /^https?$/ }))
  .refine((url) => !/^https?:\/\/[^/?#]*@/.test(url), { error: "not-a-url" });
const Key = z
  .string()
  .trim()
  .min(1)
  .max(1_024)
  .regex(/^[!-~]+$/, { error: "not-a-key" });
const Password = z.string().min(1).max(1_024).register(verbatim);

const EMAIL = z
  .strictObject({
    kind: z.literal("email"),
    host: HostAddress.describe("The SMTP server"),
    port: Port.default(587),
    security: z.enum(["starttls", "tls", "none"]).default("starttls"),
    user: z.string().trim().min(1).max(255).optional(),
    password: Password.optional(),
    from: Email,
    to: z.array(Email).max(20).default([]).describe("Empty: the address of each receiver"),
  })
  .refine(({ security, user }) => security !== "none" || user === undefined, {
    error: "needs-encryption",
    path: ["security"],
  });
const SLACK = z.strictObject({ kind: z.literal("slack"), url: HttpAddress.describe("An incoming webhook") });
const DISCORD = z.strictObject({ kind: z.literal("discord"), url: HttpAddress.describe("A webhook of a channel") });
const TEAMS = z.strictObject({
  kind: z.literal("teams"),
  url: HttpAddress.describe("A workflow that posts to a channel when a webhook request is received"),
});
const TELEGRAM = z.strictObject({
  kind: z.literal("telegram"),
  server: HttpAddress.default("https://api.telegram.org"),
  token: z
    .string()
    .trim()
    .max(255)
    .regex(/^\d+:[\w-]+$/, { error: "not-a-key" })
    .describe("Of a bot"),
  chat: z
    .string()
    .trim()
    .max(255)
    .regex(/^(-?\d+|@\w+)$/, { error: "not-a-chat" }),
});
const NTFY = z.strictObject({
  kind: z.literal("ntfy"),
  server: HttpAddress.default("https://ntfy.sh"),
  topic: z
    .string()
    .trim()
    .max(64)
    .regex(/^[\w-]+$/, { error: "not-a-topic" }),
  token: Key.optional(),
});
const GOTIFY = z.strictObject({
  kind: z.literal("gotify"),
  server: HttpAddress,
  token: Key.describe("Of an application"),
});
const WEBHOOK = z.strictObject({
  kind: z.literal("webhook"),
  url: HttpAddress,
  secret: z
    .string()
    .trim()
    .max(255)
    .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, { error: "not-a-webhook-secret" })
    .optional()
    .describe("Of Standard Webhooks; created where none is given"),
});

/** What a channel is reached with. It is encrypted as a whole. */
export const ChannelSettings = z.discriminatedUnion("kind", [
  EMAIL,
  SLACK,
  DISCORD,
  TEAMS,
  TELEGRAM,
  NTFY,
  GOTIFY,
  WEBHOOK,
]);
export type ChannelSettings = z.infer<typeof ChannelSettings>;
export type SettingsOf<Kind extends ChannelKind> = Extract<ChannelSettings, { kind: Kind }>;

/** A form that leaves these blank keeps them. None is returned but a webhook's, which its receiver needs to know. */
export const SECRET_SETTINGS: Record<ChannelKind, readonly string[]> = {
  email: ["password"],
  slack: ["url"],
  discord: ["url"],
  teams: ["url"],
  telegram: ["token"],
  ntfy: ["token"],
  gotify: ["token"],
  webhook: ["secret"],
};

/** The same with every secret optional: one that is absent is the stored one. */
export const ChangedSettings = z.discriminatedUnion("kind", [
  EMAIL,
  SLACK.partial({ url: true }),
  DISCORD.partial({ url: true }),
  TEAMS.partial({ url: true }),
  TELEGRAM.partial({ token: true }),
  NTFY,
  GOTIFY.partial({ token: true }),
  WEBHOOK,
]);
export type ChangedSettings = z.infer<typeof ChangedSettings>;

const ChannelName = z.string().trim().min(1).max(100);
const locale = Locale.nullish().describe("The language of its messages; null: the receiver's own");

export const NewChannel = z.strictObject({
  name: ChannelName,
  settings: ChannelSettings,
  locale,
  shared: z.boolean().default(false).describe("For everyone's rules; only administrators have such channels"),
});
export type NewChannel = z.infer<typeof NewChannel>;

export const ChannelChange = z.strictObject({
  name: ChannelName.optional(),
  settings: ChangedSettings.optional().describe("All of them; a secret that is absent stays as it is"),
  locale,
});
export type ChannelChange = z.infer<typeof ChannelChange>;

export const ChannelTest = z.strictObject({
  settings: ChangedSettings,
  locale,
  channel: z.uuid().optional().describe("Whose stored secrets are used where none is given"),
});
export type ChannelTest = z.infer<typeof ChannelTest>;

/** What a channel answered. */
export const ChannelAnswer = z.object({
  problem: ProblemData.nullable().describe("Null when the channel took the message"),
  answer: z.string().describe("What it said, without secrets"),
  durationMs: z.int(),
});
export type ChannelAnswer = z.infer<typeof ChannelAnswer>;

export const ChannelView = z.object({
  id: z.uuid(),
  kind: ChannelKindName,
  name: z.string(),
  owner: z.object({ id: z.uuid(), name: z.string() }).nullable().describe("Null for a shared channel"),
  mayChange: z.boolean(),
  settings: z.record(z.string(), z.json()).nullable().describe("Without secrets; null for those who may only use it"),
  locale: Locale.nullable(),
  lastSentAt: z.iso.datetime().nullable(),
  lastFailedAt: z.iso.datetime().nullable(),
  failingSince: z.iso.datetime().nullable(),
  problem: ProblemData.nullable(),
  createdAt: z.iso.datetime(),
});
export type ChannelView = z.infer<typeof ChannelView>;

export const NewRule = z.strictObject({
  channel: z.uuid(),
  service: z.string().max(100).nullish().describe("The name of a service; null: everything that its owner may see"),
  events: z.array(EventKind).min(1).max(EVENT_KINDS.length),
});
export type NewRule = z.infer<typeof NewRule>;

export const RuleView = z.object({
  id: z.uuid(),
  owner: z.object({ id: z.uuid(), name: z.string() }),
  channel: z.object({ id: z.uuid(), name: z.string(), kind: ChannelKindName }),
  service: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  events: z.array(EventKind),
});
export type RuleView = z.infer<typeof RuleView>;

const named = z.object({ id: z.uuid(), name: z.string() });

/** What happened, in no language: each message is written of it in the receiver's language. */
export const Notice = z.object({
  /** The same for each report of one fact. */
  key: z.string(),
  kind: EventKind,
  at: z.iso.datetime(),
  service: named.nullable().default(null),
  target: named.nullable().default(null),
  deployment: z.object({ id: z.uuid(), number: z.int() }).nullable().default(null),
  problem: ProblemData.nullable().default(null),
  /** The number of the current release: 0 when there is none, null where it is not known. */
  release: z.int().nullable().default(null),
  commit: Commit.nullable().default(null),
  /** The last log lines, as they are stored: masked. */
  lines: z.array(z.string()).default([]),
  /** The page about it. */
  path: z.string(),
  /** Values of its sentence: durations in milliseconds, sizes in bytes. */
  values: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
});
export type Notice = z.infer<typeof Notice>;

export const DELIVERY_STATES = ["waiting", "sent", "failed"] as const;

export const NotificationView = z.object({
  id: z.uuid(),
  channel: z.object({ id: z.uuid(), name: z.string(), kind: ChannelKindName }),
  recipient: named.nullable(),
  kind: EventKind,
  state: z.enum(DELIVERY_STATES),
  notices: z.array(Notice.pick({ kind: true, at: true, service: true, target: true, deployment: true, values: true })),
  attempts: z.array(ChannelAnswer.extend({ at: z.iso.datetime() })).describe("Newest first; at most the last 10"),
  attemptCount: z.int(),
  nextAttemptAt: z.iso.datetime().nullable(),
  redeliveryOf: z.uuid().nullable(),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
});
export type NotificationView = z.infer<typeof NotificationView>;
