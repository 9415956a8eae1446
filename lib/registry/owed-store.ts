import * as z from "zod";
import type { ProblemData } from "@/lib/contracts/problem";
import type { Announcement } from "@/lib/contracts/registration";
import { db, transaction } from "@/lib/platform/db/client";
import { Prisma } from "@/lib/platform/db/generated/client";

/** All the Prisma of what is announced to an external Registry: one row per name, owed until the Registry took it. */

export interface Owed {
  name: string;
  kind: "announce" | "withdraw";
  announcement: Announcement;
  /** The id that the Registry gave this service; null before it gave one. */
  ownId: number | null;
  /** Whose the service is; null for a row of no service. */
  ownerId: string | null;
  /** Changes with every new debt: an answer to an older one does not settle it. */
  since: Date;
}

const WITHDRAWN = "withdrawn";
/** A deployment tries for itself first; and the longer a Registry is away, the less often it is asked. */
const FIRST_WAIT_MS = 10_000;
const WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 120_000;
const AT_ONCE = 100;

const Metadata = z.object({
  deployment_method: z.string(),
  port: z.int(),
  host: z.string(),
  release: z.string(),
  deployed_at: z.string(),
});

const withService = {
  service: { select: { dropletId: true, ownerId: true } },
} as const satisfies Prisma.RegistrationInclude;
type Row = Prisma.RegistrationGetPayload<{ include: typeof withService }>;

/** Before it is tried, so that a process that dies on the way leaves a debt and not a gap. */
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
    // What the Registry gave an earlier service of this name is not this one's.
    const others = { registry, name, OR: [{ serviceId: null }, { serviceId: { not: serviceId } }] };
    await tx.registration.updateMany({ where: others, data: { dropletId: null } });
    return tx.registration.upsert({
      where: { registry_name: { registry, name } },
      create: { registry, name, ...data },
      update: data,
      include: withService,
    });
  });
  return { ...toOwed(row), announcement };
}

/** Null when the service was never announced. */
export async function oweWithdrawal(registry: string, serviceId: string, name: string): Promise<Owed | null> {
  const data = { status: WITHDRAWN, pendingSince: new Date(), attempts: 0, problem: Prisma.DbNull };
  const where = { registry, name, serviceId };
  const [row] = await db.registration.updateManyAndReturn({ where, data, include: withService });
  return row ? toOwed(row) : null;
}

/** What was announced of the service, as it is; null when nothing was. */
export async function findOwn(registry: string, serviceId: string, name: string): Promise<Owed | null> {
  const row = await db.registration.findFirst({ where: { registry, name, serviceId }, include: withService });
  return row && toOwed(row);
}

/**
 * Is a droplet of this name the service's? By the id it was given; or, where the answer with the id was lost, by its
 * release, which its owner deployed under this name.
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

/** What is owed and worth another try now. */
export async function listDue(registry: string, now = Date.now()): Promise<Owed[]> {
  const rows = await db.registration.findMany({
    where: { registry, pendingSince: { not: null } },
    include: withService,
    orderBy: { updatedAt: "asc" },
    take: AT_ONCE,
  });
  return rows.filter((row) => row.updatedAt.getTime() + waitMs(row.attempts) <= now).map(toOwed);
}

export function waitMs(attempts: number): number {
  return attempts === 0 ? FIRST_WAIT_MS : Math.min(WAIT_MS * 2 ** (attempts - 1), LONGEST_WAIT_MS);
}

/** The names a Registry that forgets nothing would have. */
export async function listSettledNames(registry: string): Promise<string[]> {
  const rows = await db.registration.findMany({
    where: { registry, pendingSince: null, serviceId: { not: null } },
    select: { name: true },
  });
  return rows.map(({ name }) => name);
}

/** Owes what the row holds once more. */
export async function oweAgain(registry: string, name: string): Promise<Owed | null> {
  const data = { pendingSince: new Date(), attempts: 0 };
  const [row] = await db.registration.updateManyAndReturn({ where: { registry, name }, data, include: withService });
  return row ? toOwed(row) : null;
}

export interface Taken {
  dropletId: number;
  registeredAt: string;
  response: Prisma.InputJsonValue;
}

/** False when something newer is owed by now. An id belongs to one name: a Registry that forgot gives old ones anew. */
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

function toOwed({ name, endpoint, metadata, status, dropletId: ownId, pendingSince, service, updatedAt }: Row): Owed {
  return {
    name,
    kind: status === WITHDRAWN ? "withdraw" : "announce",
    ownId,
    ownerId: service?.ownerId ?? null,
    announcement: { name, endpoint, dropletId: service?.dropletId ?? null, metadata: Metadata.parse(metadata) },
    since: pendingSince ?? updatedAt,
  };
}
