import { v7 as uuidv7 } from "uuid";
import { authorize } from "@/lib/contracts/authorize";
import type {
  ChannelAnswer,
  ChannelChange,
  ChannelSettings,
  ChannelTest,
  ChannelView,
  NewChannel,
} from "@/lib/contracts/notification";
import { reachOf } from "@/lib/contracts/permission";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Prisma, transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { DEFAULT_LOCALE, isLocale } from "@/lib/platform/i18n/locales";
import {
  type ChannelRow,
  columnsOf,
  completed,
  settingsOf,
  toChannelView,
  WITH_OWNER,
  withSecret,
} from "./channel-store";
import { writeTestMessage } from "./message";
import { sendBy } from "./send-on";

/** A person has few places to be told something. */
const MOST_CHANNELS = 20;

/** The caller's own and the shared ones; an administrator sees everyone's. */
export async function listChannels(actor: Actor): Promise<ChannelView[]> {
  const rows = await db.notificationChannel.findMany({
    where: channelsOf(actor),
    include: WITH_OWNER,
    orderBy: [{ name: "asc" }, { id: "asc" }],
  });
  return rows.map((row) => toChannelView(row, actor));
}

function channelsOf(actor: Actor): Prisma.NotificationChannelWhereInput {
  authorize(actor, "notification:read");
  return reachOf(actor.role, "notification:read") === "any" ? {} : usableBy(actor);
}

/** The channels that a person's rules may name. */
export function usableBy({ id }: Actor): Prisma.NotificationChannelWhereInput {
  return { OR: [{ ownerId: null }, ...(id === null ? [] : [{ ownerId: id }])] };
}

export async function createChannel(
  { name, settings, locale, shared }: NewChannel,
  actor: Actor,
  options?: IdempotencyOptions,
): Promise<ChannelView> {
  const ownerId = shared ? null : ownIdOf(actor);
  if (shared) requireAdministrator(actor);
  authorize(actor, "notification:write", { ownerId });
  return transaction(async (tx) => {
    const { subjectId } = await once(tx, actor, options, async () => {
      if ((await tx.notificationChannel.count({ where: { ownerId } })) >= MOST_CHANNELS)
        throw new Problem("too-many-channels", { params: { most: MOST_CHANNELS } });
      const id = uuidv7();
      const columns = columnsOf(id, withSecret(settings));
      await tx.notificationChannel.create({ data: { id, ownerId, name, locale: locale ?? null, ...columns } });
      await audit(tx, actor, "channel.create", { type: "channel", id, name }, { kind: settings.kind, shared });
      return { subjectId: id };
    });
    const row = await tx.notificationChannel.findUniqueOrThrow({ where: { id: subjectId }, include: WITH_OWNER });
    return toChannelView(row, actor);
  });
}

function ownIdOf({ id }: Actor): string {
  if (id === null) throw new Problem("forbidden"); // Landfall itself reads no messages
  return id;
}

function requireAdministrator(actor: Actor): void {
  if (reachOf(actor.role, "notification:write") === "any") return;
  const fields = [{ path: ["shared"], code: "administrators-only", message: "administrators-only" }];
  throw new Problem("invalid-request", { fields });
}

/** Absent fields stay as they are. */
export function changeChannel(id: string, change: ChannelChange, actor: Actor): Promise<ChannelView> {
  return transaction(async (tx) => {
    const before = await tx.notificationChannel.findUnique({ where: { id }, include: WITH_OWNER });
    const row = authorize(actor, "notification:write", before);
    const settings = change.settings && withSecret(sameKind(completed(change.settings, settingsOf(row)), row));
    const data = {
      ...(change.name !== undefined && { name: change.name }),
      ...(change.locale !== undefined && { locale: change.locale }),
      // Whether the changed one works is not known yet.
      ...(settings && { ...columnsOf(id, settings), failures: 0, failingSince: null }),
    };
    const after = await tx.notificationChannel.update({ where: { id }, data, include: WITH_OWNER });
    const details = { kind: after.kind, settingsChanged: settings !== undefined };
    await audit(tx, actor, "channel.change", { type: "channel", id, name: after.name }, details);
    return toChannelView(after, actor);
  });
}

function sameKind(settings: ChannelSettings, { kind }: ChannelRow): ChannelSettings {
  if (settings.kind === kind) return settings;
  const fields = [{ path: ["settings", "kind"], code: "invalid", message: "invalid" }];
  throw new Problem("invalid-request", { fields });
}

/** Its rules and deliveries go with it. */
export function removeChannel(id: string, actor: Actor): Promise<void> {
  return transaction(async (tx) => {
    const found = authorize(actor, "notification:write", await tx.notificationChannel.findUnique({ where: { id } }));
    await tx.notificationChannel.delete({ where: { id } });
    await audit(tx, actor, "channel.remove", { type: "channel", id, name: found.name }, { kind: found.kind });
  });
}

/**
 * Sends a message by settings as they are in the form; secrets that it leaves blank are those of `channel`. A test
 * of a member's channel reaches only what that channel may reach, also when an administrator requests it.
 */
export async function testChannel(test: ChannelTest, actor: Actor, origin: string): Promise<ChannelAnswer> {
  authorize(actor, "notification:write");
  const stored = test.channel === undefined ? null : await findToChange(test.channel, actor);
  const settings = withSecret(completed(test.settings, stored && settingsOf(stored)));
  const person = await db.user.findUnique({ where: { id: ownIdOf(actor) } });
  const locale = [test.locale, person?.locale].find(isLocale) ?? DEFAULT_LOCALE;
  const message = await writeTestMessage({ id: uuidv7(), channel: stored?.name ?? settings.kind }, { locale, origin });
  const ofOwner = stored?.owner ? stored.owner.role : actor.role;
  return sendBy(settings, message, {
    isAdministrator: actor.role === "admin" && ofOwner === "admin",
    recipient: person && { name: person.name, email: person.email },
    signal: AbortSignal.timeout(TEST_MS),
  });
}

const TEST_MS = 20_000;

async function findToChange(id: string, actor: Actor): Promise<ChannelRow> {
  const row = await db.notificationChannel.findUnique({ where: { id }, include: WITH_OWNER });
  return authorize(actor, "notification:write", row);
}
