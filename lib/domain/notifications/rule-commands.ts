import { v7 as uuidv7 } from "uuid";
import { authorize, ownedBy, servicesWithin } from "@/lib/contracts/authorize";
import { ChannelKindName, type NewRule, type RuleView } from "@/lib/contracts/notification";
import { isEventKind } from "@/lib/contracts/notification-events";
import { type FieldError, Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { usableBy } from "./channel-commands";

/** What people want to be told. A rule belongs to a person, who is told what they may see, on a channel they may use. */

const MOST_RULES = 100;

/** One's own; an administrator sees everyone's. */
export async function listRules(actor: Actor): Promise<RuleView[]> {
  const { ownerId } = ownedBy(actor, "notification:read");
  const rows = await db.notificationRule.findMany({
    where: { ...(ownerId !== undefined && { ownerId }) },
    include: INCLUDED,
    orderBy: { id: "asc" },
  });
  return rows.map(toView);
}

export function createRule(input: NewRule, actor: Actor): Promise<RuleView> {
  authorize(actor, "notification:write");
  const ownerId = actor.id;
  if (ownerId === null) throw new Problem("forbidden"); // Landfall itself is told nothing
  return transaction(async (tx) => {
    if ((await tx.notificationRule.count({ where: { ownerId } })) >= MOST_RULES)
      throw new Problem("too-many-rules", { params: { most: MOST_RULES } });
    const data = { id: uuidv7(), ownerId, ...(await columnsOf(tx, input, actor)) };
    const row = await tx.notificationRule.create({ data, include: INCLUDED });
    await audit(tx, actor, "rule.create", subjectOf(row), detailsOf(row));
    return toView(row);
  });
}

/** The rule is replaced; whose it is stays. */
export function changeRule(id: string, input: NewRule, actor: Actor): Promise<RuleView> {
  return transaction(async (tx) => {
    const found = await tx.notificationRule.findUnique({ where: { id } });
    if (!found) throw new Problem("not-found");
    const { ownerId } = found;
    authorize(actor, "notification:write", { ownerId });
    // Another person's rule is changed by an administrator within what that person may use.
    const owner = ownerId === actor.id ? actor : await actorOf(tx, ownerId);
    const data = await columnsOf(tx, input, owner);
    const row = await tx.notificationRule.update({ where: { id }, data, include: INCLUDED });
    await audit(tx, actor, "rule.change", subjectOf(row), detailsOf(row));
    return toView(row);
  });
}

export function removeRule(id: string, actor: Actor): Promise<void> {
  return transaction(async (tx) => {
    const row = await tx.notificationRule.findUnique({ where: { id }, include: INCLUDED });
    authorize(actor, "notification:write", row && { ownerId: row.ownerId });
    if (!row) throw new Problem("not-found");
    await tx.notificationRule.delete({ where: { id } });
    await audit(tx, actor, "rule.remove", subjectOf(row), detailsOf(row));
  });
}

async function actorOf(tx: Tx, id: string): Promise<Actor> {
  const { name, role } = await tx.user.findUniqueOrThrow({ where: { id }, select: { name: true, role: true } });
  return { id, name, role: role as Actor["role"] };
}

/** Names that the owner cannot see count as not found. */
async function columnsOf(tx: Tx, { channel, service, events }: NewRule, owner: Actor) {
  const [foundChannel, foundService] = [
    await tx.notificationChannel.findFirst({ where: { id: channel, ...usableBy(owner) }, select: { id: true } }),
    service == null ? null : await findService(tx, service, owner),
  ];
  const fields = [
    ...(foundChannel ? [] : [unknown("channel")]),
    ...(service != null && !foundService ? [unknown("service")] : []),
  ];
  if (!foundChannel || fields.length > 0) throw new Problem("invalid-request", { fields });
  return { channelId: foundChannel.id, serviceId: foundService?.id ?? null, events: [...new Set(events)] };
}

function findService(tx: Tx, name: string, owner: Actor) {
  return tx.service.findFirst({
    where: { name, deletedAt: null, AND: servicesWithin(ownedBy(owner, "service:read")) },
    select: { id: true },
  });
}

function unknown(field: string): FieldError {
  return { path: [field], code: "not-found", message: "not-found" };
}

const named = { select: { id: true, name: true } } as const;
const INCLUDED = {
  owner: named,
  service: named,
  channel: { select: { id: true, name: true, kind: true } },
} as const;
type Row = Prisma.NotificationRuleGetPayload<{ include: typeof INCLUDED }>;

function subjectOf({ id, channel }: Row) {
  return { type: "rule", id, name: channel.name };
}

function detailsOf({ service, events, owner }: Row) {
  return { service: service?.name ?? null, events, owner: owner.name };
}

function toView({ id, owner, service, channel, events }: Row): RuleView {
  return {
    ...{ id, owner, service },
    channel: { ...channel, kind: ChannelKindName.parse(channel.kind) },
    // A kind of a newer version is left out.
    events: events.filter(isEventKind),
  };
}
