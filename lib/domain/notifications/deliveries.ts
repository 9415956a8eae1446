import { v7 as uuidv7 } from "uuid";
import { authorize, ownedBy } from "@/lib/contracts/authorize";
import {
  ChannelKindName,
  DELIVERY_STATES,
  EventKind,
  Notice,
  type NotificationView,
} from "@/lib/contracts/notification";
import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import { Problem, ProblemData } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Prisma, transaction } from "@/lib/platform/db/client";

/** What was sent, or is to be sent, with every attempt. */

const ATTEMPTS_SHOWN = 10;

/** Newest first: one's own, and an administrator sees everyone's. */
export async function listNotifications(actor: Actor, page: PageQuery): Promise<Page<NotificationView>> {
  const { ownerId } = ownedBy(actor, "notification:read");
  const rows = await db.notificationDelivery.findMany({
    where: {
      ...(ownerId !== undefined && { recipientId: ownerId }),
      ...(page.after && { id: { lt: page.after } }),
    },
    orderBy: { id: "desc" },
    take: page.limit + 1,
    include: INCLUDED,
  });
  const { items, next } = toPage(rows, page.limit);
  return { items: items.map(toView), next };
}

/** Sends what was sent, or given up, once more: a message of its own, at once. */
export function redeliverNotification(id: string, actor: Actor): Promise<NotificationView> {
  return transaction(async (tx) => {
    const row = await tx.notificationDelivery.findUnique({ where: { id }, include: INCLUDED });
    const found = authorize(actor, "notification:write", row && { ...row, ownerId: row.recipientId });
    if (found.state === "waiting") throw new Problem("delivery-not-redeliverable");
    const { channelId, recipientId, kind, notices, channel } = found;
    const again = { id: uuidv7(), channelId, recipientId, kind, redeliveryOfId: id, nextAttemptAt: new Date() };
    const data = { ...again, notices: notices as Prisma.InputJsonValue };
    const created = await tx.notificationDelivery.create({ data, include: INCLUDED });
    const subject = { type: "channel", id: channelId, name: channel.name };
    await audit(tx, actor, "channel.redeliver", subject, { notification: id });
    return toView(created);
  });
}

const DAY_MS = 24 * 60 * 60_000;
const KEPT_MS = 90 * DAY_MS;

/** Removes messages with their attempts after 90 days. */
export async function pruneNotifications(): Promise<void> {
  const before = new Date(Date.now() - KEPT_MS);
  await db.notificationDelivery.deleteMany({ where: { createdAt: { lt: before }, state: { not: "waiting" } } });
}

const INCLUDED = {
  channel: { select: { id: true, name: true, kind: true } },
  recipient: { select: { id: true, name: true } },
  tries: { orderBy: { id: "desc" }, take: ATTEMPTS_SHOWN },
} as const satisfies Prisma.NotificationDeliveryInclude;
type Row = Prisma.NotificationDeliveryGetPayload<{ include: typeof INCLUDED }>;

function toView(row: Row): NotificationView {
  const { id, channel, recipient, attempts, tries } = row;
  return {
    ...{ id, recipient, attemptCount: attempts },
    channel: { ...channel, kind: ChannelKindName.parse(channel.kind) },
    kind: EventKind.parse(row.kind),
    state: DELIVERY_STATES.find((state) => state === row.state) ?? "waiting",
    notices: Notice.array().parse(row.notices),
    attempts: tries.map(({ at, durationMs, problem, answer }) => ({
      ...{ at: at.toISOString(), durationMs, answer },
      problem: ProblemData.nullable().catch(null).parse(problem),
    })),
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    redeliveryOf: row.redeliveryOfId,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}
