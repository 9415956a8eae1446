import * as z from "zod";
import { type Reach, servicesWithin } from "@/lib/contracts/authorize";
import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import { ProblemData } from "@/lib/contracts/problem";
import type { Announcement, RegistrationView } from "@/lib/contracts/registration";
import { db, type Tx, transaction } from "@/lib/platform/db/client";
import { Prisma } from "@/lib/platform/db/generated/client";
import { publish } from "@/lib/platform/outbox/outbox";

/*
 * All queries for announcements to an external Registry and for the list of registrations. One row per name has what
 * should be announced. It is pending until the Registry accepted it, and each pending row has a message in the outbox.
 */

export interface Owed {
  name: string;
  kind: "announce" | "withdraw";
  announcement: Announcement;
  /** The id from the Registry; null before its first response. */
  ownId: number | null;
  /** The owner of the service; null for a row without a service. */
  ownerId: string | null;
  /** Changes with every newer announcement, so that a response to an older one does not complete it. */
  since: Date;
}

const WITHDRAWN = "withdrawn";
/** The deployment itself tries first. */
const FIRST_WAIT_SECONDS = 10;
/** Every attempt updates its row, and the longest delay is 2 minutes (lib/platform/outbox/domain-events.ts). */
const UNSENT_AFTER_MS = 5 * 60_000;

const Metadata = z.object({
  deployment_method: z.string(),
  port: z.int(),
  host: z.string(),
  release: z.string(),
  deployed_at: z.string(),
});

const withOwner = {
  service: { select: { dropletId: true, ownerId: true } },
} as const satisfies Prisma.RegistrationInclude;
type OwedRow = Prisma.RegistrationGetPayload<{ include: typeof withOwner }>;

/** Stored and published before the first try, so that the dispatcher takes over if the process dies. */
export async function oweAnnouncement(registry: string, serviceId: string, announcement: Announcement): Promise<Owed> {
  const { name, endpoint, metadata } = announcement;
  const data = {
    serviceId,
    endpoint,
    metadata,
    status: "active",
    pendingSince: new Date(),
    attempts: 0,
    problem: Prisma.DbNull,
  };
  const row = await transaction(async (tx) => {
    // The id of an earlier service with this name is not this service's.
    const others = { registry, name, OR: [{ serviceId: null }, { serviceId: { not: serviceId } }] };
    await tx.registration.updateMany({ where: others, data: { dropletId: null } });
    await publishPending(tx, { registry, name }, FIRST_WAIT_SECONDS);
    return tx.registration.upsert({
      where: { registry_name: { registry, name } },
      create: { registry, name, ...data },
      update: data,
      include: withOwner,
    });
  });
  return { ...toOwed(row), announcement };
}

/** Null when the service was never announced. */
export function oweWithdrawal(registry: string, serviceId: string, name: string): Promise<Owed | null> {
  const data = { status: WITHDRAWN, pendingSince: new Date(), attempts: 0, problem: Prisma.DbNull };
  const where = { registry, name, serviceId };
  return transaction(async (tx) => {
    const [row] = await tx.registration.updateManyAndReturn({ where, data, include: withOwner });
    if (row) await publishPending(tx, { registry, name }, FIRST_WAIT_SECONDS);
    return row ? toOwed(row) : null;
  });
}

function publishPending(tx: Tx, { registry, name }: { registry: string; name: string }, afterSeconds = 0) {
  return publish(tx, { type: "registration.pending", registry, name }, { afterSeconds });
}

/** The announcement of the service; null without one. */
export async function findOwn(registry: string, serviceId: string, name: string): Promise<Owed | null> {
  const row = await db.registration.findFirst({ where: { registry, name, serviceId }, include: withOwner });
  return row && toOwed(row);
}

/**
 * Does a droplet of this name belong to the service? It does by its id or, if the response with the id was lost, by its
 * release, which the owner deployed under this name.
 */
export async function isOwn(
  droplet: { id: number; metadata: unknown },
  { name, ownId, ownerId }: Owed,
): Promise<boolean> {
  if (droplet.id === ownId) return true;
  const releases = Release.safeParse(droplet.metadata).data;
  const ids = [releases?.version, releases?.release].filter((id) => id !== undefined);
  if (ids.length === 0 || ownerId === null) return false;
  return (await db.deployment.count({ where: { releaseId: { in: ids }, service: { name, ownerId } } })) > 0;
}

const id = z.uuid().optional().catch(undefined);
const Release = z.object({ version: id, release: id });

/** The pending update of a name; null without one. */
export async function findOwed(registry: string, name: string): Promise<Owed | null> {
  const row = await db.registration.findFirst({
    where: { registry, name, pendingSince: { not: null } },
    include: withOwner,
  });
  return row && toOwed(row);
}

/**
 * Publishes pending updates that were not tried for longer than the dispatcher's longest delay, because they have no
 * message: an older version stored them, or the database was restored from an archive, which holds no messages.
 */
export function publishUnsent(registry: string, now = Date.now()): Promise<void> {
  return transaction(async (tx) => {
    const rows = await tx.registration.updateManyAndReturn({
      where: { registry, pendingSince: { not: null }, updatedAt: { lt: new Date(now - UNSENT_AFTER_MS) } },
      data: { updatedAt: new Date(now) },
      select: { registry: true, name: true },
    });
    for (const row of rows) await publishPending(tx, row);
  });
}

/** The names that the Registry has accepted. */
export async function listSettledNames(registry: string): Promise<string[]> {
  const rows = await db.registration.findMany({
    where: { registry, pendingSince: null, serviceId: { not: null } },
    select: { name: true },
  });
  return rows.map(({ name }) => name);
}

/** Marks the row's content as pending again, and publishes it. */
export function oweAgain(registry: string, name: string): Promise<void> {
  return transaction(async (tx) => {
    const data = { pendingSince: new Date(), attempts: 0 };
    const { count } = await tx.registration.updateMany({ where: { registry, name }, data });
    if (count > 0) await publishPending(tx, { registry, name });
  });
}

export interface Taken {
  dropletId: number;
  registeredAt: string;
  response: Prisma.InputJsonValue;
}

/** False when a newer update is pending. A Registry that restarted may give an old id to another name: the id moves. */
export function settleAnnouncement(registry: string, { name, since }: Owed, taken: Taken): Promise<boolean> {
  return transaction(async (tx) => {
    await tx.registration.updateMany({
      where: { registry, dropletId: taken.dropletId, name: { not: name } },
      data: { dropletId: null },
    });
    const { count } = await tx.registration.updateMany({
      where: { registry, name, pendingSince: since },
      data: { ...taken, lastAnnouncedAt: new Date(), pendingSince: null, attempts: 0, problem: Prisma.DbNull },
    });
    return count > 0;
  });
}

export async function settleWithdrawal(registry: string, { name, since }: Owed): Promise<boolean> {
  const { count } = await db.registration.deleteMany({ where: { registry, name, pendingSince: since } });
  return count > 0;
}

export async function keepRefusal(registry: string, { name, since }: Owed, problem: ProblemData): Promise<void> {
  await db.registration.updateMany({
    where: { registry, name, pendingSince: since },
    data: { attempts: { increment: 1 }, problem },
  });
}

function toOwed({
  name,
  endpoint,
  metadata,
  status,
  dropletId: ownId,
  pendingSince,
  service,
  updatedAt,
}: OwedRow): Owed {
  return {
    name,
    kind: status === WITHDRAWN ? "withdraw" : "announce",
    ownId,
    ownerId: service?.ownerId ?? null,
    announcement: { name, endpoint, dropletId: service?.dropletId ?? null, metadata: Metadata.parse(metadata) },
    since: pendingSince ?? updatedAt,
  };
}

const withService = { service: { select: { id: true, name: true } } } as const satisfies Prisma.RegistrationInclude;
type ViewRow = Prisma.RegistrationGetPayload<{ include: typeof withService }>;

export interface RegistrationFilter extends Reach {
  service?: string;
}

export async function listRegistrations(
  { service, ...reach }: RegistrationFilter,
  page: PageQuery,
): Promise<Page<RegistrationView>> {
  const rows = await db.registration.findMany({
    where: {
      ...(page.after && { id: { lt: page.after } }),
      ...((isNarrowing(reach) || service) && {
        service: { AND: servicesWithin(reach), ...(service && { name: service }) },
      }),
    },
    include: withService,
    orderBy: { id: "desc" },
    take: page.limit + 1,
  });
  const { items, next } = toPage(rows, page.limit);
  return { items: items.map(toView), next };
}

/** Registrations without a service are only for callers who see everything. */
function isNarrowing(reach: Reach): boolean {
  return Object.keys(servicesWithin(reach)).length > 0;
}

/** The newest registration of each service. */
export async function findRegistrations(
  serviceIds: string[],
): Promise<Map<string, RegistrationView & { response: unknown }>> {
  const rows = await db.registration.findMany({
    where: { serviceId: { in: serviceIds } },
    include: withService,
    orderBy: { updatedAt: "asc" },
  });
  return new Map(rows.map((row) => [row.serviceId ?? "", { ...toView(row), response: row.response }]));
}

function toView(row: ViewRow): RegistrationView {
  const { id, registry, dropletId, name, service, endpoint, status } = row;
  return {
    id,
    registry,
    dropletId,
    name,
    service,
    endpoint,
    status,
    metadata: row.metadata as RegistrationView["metadata"],
    registeredAt: row.registeredAt?.toISOString() ?? null,
    lastAnnouncedAt: row.lastAnnouncedAt?.toISOString() ?? null,
    pendingSince: row.pendingSince?.toISOString() ?? null,
    problem: ProblemData.nullable().parse(row.problem),
  };
}
