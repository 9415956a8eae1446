import { v7 as uuidv7 } from "uuid";
import type { Notice } from "@/lib/contracts/notification";
import { NOTIFICATION_EVENTS, type NotificationEvent } from "@/lib/contracts/notification-events";
import { can } from "@/lib/contracts/permission";
import { type Actor, Role } from "@/lib/contracts/user";
import { type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { type EventFor, subjectOf } from "@/lib/platform/outbox/domain-events";
import { readNotice, type Told } from "./read-notices";

/** How long it is remembered that an event was stored: it is told again only after a worker died in the middle. */
const REMEMBERED_MS = 2 * 24 * 60 * 60_000;
/** How long a message waits for others of its kind, which then become one with it. */
export const MERGE_MS = 60_000;
const MOST_IN_ONE = 50;

/**
 * Stores a message for each receiver whose rules ask for the event; nothing is sent yet (send-due.ts). A repetition of
 * the same event adds nothing.
 */
export async function notify(event: EventFor<"notifications">, { at }: { at: Date }, now = new Date()): Promise<void> {
  const told = await readNotice(event);
  if (!told) return;
  const key = `${event.type} ${"deploymentId" in event ? event.deploymentId : subjectOf(event)} ${at.toISOString()}`;
  const notice: Notice = { ...told.notice, key, kind: told.kinds[0], at: at.toISOString() };
  await transaction(async (tx) => {
    const receivers = await findReceivers(tx, told);
    if (receivers.length === 0) return;
    // Messages are merged one at a time.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('landfall.notifications'))`;
    for (const receiver of receivers) await addTo(tx, receiver, notice, now);
  });
}

interface Receiver {
  channelId: string;
  recipientId: string | null;
}

const WITH_OWNER = {
  owner: { select: { id: true, name: true, role: true } },
  channel: { select: { id: true, ownerId: true, perPerson: true } },
} as const;
type Rule = Prisma.NotificationRuleGetPayload<{ include: typeof WITH_OWNER }>;

/** Each receiver once, however many of their rules ask for it. */
async function findReceivers(tx: Tx, told: Told): Promise<Receiver[]> {
  const rules = await tx.notificationRule.findMany({
    where: {
      events: { hasSome: [...told.kinds] },
      owner: { disabledAt: null },
      OR: [{ serviceId: null }, ...(told.subject ? [{ serviceId: told.subject.serviceId }] : [])],
    },
    include: WITH_OWNER,
    orderBy: { id: "asc" },
  });
  const receivers = rules.filter((rule) => mayBeTold(rule, told)).map(receiverOf);
  return [...new Map(receivers.map((one) => [`${one.channelId} ${one.recipientId}`, one])).values()];
}

/** A rule reaches what its owner may see now, on a channel that they may use now. */
function mayBeTold({ owner, channel, events }: Rule, { kinds, subject, personId }: Told): boolean {
  if (channel.ownerId !== null && channel.ownerId !== owner.id) return false;
  const actor: Actor = { id: owner.id, name: owner.name, role: Role.parse(owner.role) };
  return kinds.some((kind) => events.includes(kind) && maySee(actor, kind, { subject, personId }));
}

function maySee(actor: Actor, kind: NotificationEvent, { subject, personId }: Pick<Told, "subject" | "personId">) {
  const { audience } = NOTIFICATION_EVENTS[kind];
  if (audience === "person") return personId === actor.id;
  if (audience === "service") return subject ? can(actor, "service:read", subject) : can(actor, "backup:read");
  return can(actor, audience);
}

function receiverOf({ owner, channel }: Rule): Receiver {
  const recipientId = channel.ownerId ?? (channel.perPerson ? owner.id : null);
  return { channelId: channel.id, recipientId };
}

/** Adds the notice to the message of its kind that waits, or to a new one. */
async function addTo(tx: Tx, { channelId, recipientId }: Receiver, notice: Notice, now: Date): Promise<void> {
  const found = JSON.stringify([{ key: notice.key }]);
  const [known] = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM notification_delivery
    WHERE channel_id = ${channelId}::uuid AND recipient_id IS NOT DISTINCT FROM ${recipientId}::uuid
      AND created_at > ${new Date(now.getTime() - REMEMBERED_MS)} AND redelivery_of_id IS NULL AND notices @> ${found}::jsonb LIMIT 1`;
  if (known) return;
  const merged = await tx.$executeRaw`
    UPDATE notification_delivery SET notices = notices || ${JSON.stringify([notice])}::jsonb
    WHERE state = 'waiting' AND attempts = 0 AND id = (
      SELECT id FROM notification_delivery
      WHERE channel_id = ${channelId}::uuid AND recipient_id IS NOT DISTINCT FROM ${recipientId}::uuid AND kind = ${notice.kind}
        AND state = 'waiting' AND attempts = 0 AND redelivery_of_id IS NULL AND next_attempt_at > ${now}
        AND jsonb_array_length(notices) < ${MOST_IN_ONE}
      ORDER BY id DESC LIMIT 1)`;
  if (merged > 0) return;
  const nextAttemptAt = new Date(now.getTime() + MERGE_MS);
  const data = { id: uuidv7(), channelId, recipientId, kind: notice.kind, nextAttemptAt, createdAt: now };
  await tx.notificationDelivery.create({ data: { ...data, notices: [notice] } });
}
