import { randomBytes } from "node:crypto";
import {
  type ChangedSettings,
  ChannelKindName,
  ChannelSettings,
  type ChannelView,
  SECRET_SETTINGS,
} from "@/lib/contracts/notification";
import { can } from "@/lib/contracts/permission";
import { type FieldError, Problem, ProblemData } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import type { Prisma } from "@/lib/platform/db/client";
import { isLocale } from "@/lib/platform/i18n/locales";
import { type Place, seal, unseal } from "@/lib/platform/secrets/seal";
import { Secret } from "@/lib/platform/secrets/secret";

/** How the settings of a channel are stored, shown, and completed with those that a form left blank. */

export const WITH_OWNER = { owner: { select: { id: true, name: true, role: true } } } as const;
export type ChannelRow = Prisma.NotificationChannelGetPayload<{ include: typeof WITH_OWNER }>;

export function settingsOf({ id, sealedSettings }: Pick<ChannelRow, "id" | "sealedSettings">): ChannelSettings {
  return ChannelSettings.parse(JSON.parse(unseal<Secret>(sealedSettings, placeOf(id)).reveal()));
}

/** The columns of a channel that follow from its settings. */
export function columnsOf(id: string, settings: ChannelSettings) {
  return {
    kind: settings.kind,
    sealedSettings: seal(new Secret(JSON.stringify(settings)), placeOf(id)),
    perPerson: settings.kind === "email" && settings.to.length === 0,
  };
}

/** Where the encrypted text is stored: it can be decrypted for no other row. */
function placeOf(id: string): Place {
  return { table: "notification_channel", column: "sealed_settings", id };
}

/** A webhook without a secret gets one. */
export function withSecret(settings: ChannelSettings): ChannelSettings {
  if (settings.kind !== "webhook" || settings.secret !== undefined) return settings;
  return { ...settings, secret: `whsec_${randomBytes(32).toString("base64")}` };
}

/**
 * Settings with the stored secrets where they have none. A secret is never sent to another server than the
 * one it was stored for: with another address, the secret has to be given again.
 */
export function completed(changed: ChangedSettings, stored: ChannelSettings | null): ChannelSettings {
  const isKept = stored?.kind === changed.kind && serverOf(stored) === serverOf(changed);
  const kept = isKept ? Object.entries(stored).filter(([name]) => isSecret(stored.kind, name)) : [];
  const whole = { ...Object.fromEntries(kept), ...changed };
  const parsed = ChannelSettings.safeParse(whole);
  if (parsed.success) return parsed.data;
  const fields: FieldError[] = parsed.error.issues.map(({ path }) => ({
    path: ["settings", ...path.map((part) => (typeof part === "number" ? part : String(part)))],
    code: "required",
    message: "required",
  }));
  throw new Problem("invalid-request", { fields });
}

/** Where secrets are sent. The address of an incoming webhook is a secret itself; a webhook's secret only signs. */
function serverOf(settings: ChangedSettings): string | null {
  if (settings.kind === "email") return `${settings.host}:${settings.port} ${settings.security}`;
  return "server" in settings ? settings.server : null;
}

function isSecret(kind: ChannelSettings["kind"], name: string): boolean {
  return SECRET_SETTINGS[kind].includes(name);
}

/** A channel as `viewer` may see it: its settings only where they may change it, and secrets never, but a webhook's. */
export function toChannelView(row: ChannelRow, viewer: Actor): ChannelView {
  const mayChange = can(viewer, "notification:write", { ownerId: row.ownerId });
  return {
    id: row.id,
    kind: ChannelKindName.parse(row.kind),
    name: row.name,
    owner: row.owner && { id: row.owner.id, name: row.owner.name },
    mayChange,
    settings: mayChange ? shownSettings(row, viewer) : null,
    locale: isLocale(row.locale) ? row.locale : null,
    lastSentAt: row.lastSentAt?.toISOString() ?? null,
    lastFailedAt: row.lastFailedAt?.toISOString() ?? null,
    failingSince: row.failingSince?.toISOString() ?? null,
    problem: ProblemData.nullable().catch(null).parse(row.problem),
    createdAt: row.createdAt.toISOString(),
  };
}

function shownSettings(row: ChannelRow, viewer: Actor): ChannelView["settings"] {
  const settings = settingsOf(row);
  const isOwn = row.ownerId === null || row.ownerId === viewer.id;
  const shown = Object.entries(settings).filter(
    ([name]) => !isSecret(settings.kind, name) || (settings.kind === "webhook" && isOwn),
  );
  return Object.fromEntries(shown);
}
