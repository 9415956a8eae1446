import type { Reach } from "@/lib/contracts/authorize";
import type { Grants } from "@/lib/contracts/grants";
import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import type { ServiceDetail, ServiceSummary } from "@/lib/contracts/service";
import type { ServiceOrder, ServiceStatus } from "@/lib/contracts/service-status";
import { db, Prisma, type Tx } from "@/lib/platform/db/client";
import type { StoredTarget } from "@/lib/targets/kind";
import { isolates, toGrants } from "@/lib/targets/target-store";
import { type ServiceDraft, toDetail, toDraft, toSummary, withEverything, withNames } from "./service-row";
import { readLastDeployments, STATUS_OF_SERVICES } from "./service-status-store";

/** All queries of services, except for their environments (environment-store.ts). */

/** What a command needs to check a service and to find it on its target. */
export interface ServiceRow {
  id: string;
  /** The ids of the service and target again, under the names that authorize() reads. */
  serviceId: string;
  targetId: string;
  name: string;
  ownerId: string;
  ownerRole: string;
  draft: ServiceDraft;
  target: StoredTarget & { grants: Grants; isolates: boolean };
  environmentRevisionId: string | null;
  /** Set for a stack only. */
  templateId: string | null;
  /** The live release, as deployed; a changed service differs from it until its next deployment. */
  serving: { releaseId: string; driver: string; spec: unknown } | null;
}

export interface ServiceFilter extends Reach {
  target?: string;
  /** A part of the name. */
  search?: string;
  status?: ServiceStatus;
  /** When absent: newest first. */
  order?: ServiceOrder;
}

/** Without stacks, which have a separate list. */
export async function listServices(filter: ServiceFilter, page: PageQuery): Promise<Page<ServiceSummary>> {
  const { items: placed, next } = toPage(await findPlaces(filter, page), page.limit);
  const ids = placed.map(({ id }) => id);
  const [rows, last] = await Promise.all([
    db.service.findMany({ where: { id: { in: ids } }, include: withNames }),
    readLastDeployments(ids),
  ]);
  const items = rows.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
  return { items: items.map((row) => toSummary(row, last.get(row.id))), next };
}

/** The ids of a page and one more, in order. What is live is only read if the filter needs it. */
function findPlaces(
  { ownerId, serviceIds, targetIds, target, search, status, order }: ServiceFilter,
  { after, limit }: PageQuery,
): Promise<{ id: string }[]> {
  const byName = order === "name";
  const conditions = [
    Prisma.sql`s.deleted_at IS NULL AND s.template_id IS NULL`,
    ownerId && Prisma.sql`s.owner_id = ${ownerId}::uuid`,
    serviceIds && Prisma.sql`s.id = ANY(${[...serviceIds]}::uuid[])`,
    targetIds && Prisma.sql`s.target_id = ANY(${[...targetIds]}::uuid[])`,
    target && Prisma.sql`s.target_id = (SELECT id FROM target WHERE name = ${target})`,
    search && Prisma.sql`strpos(s.name, lower(${search})) > 0`,
    status && Prisma.sql`s.id IN (SELECT id FROM (${STATUS_OF_SERVICES}) AS of_all WHERE ${status} = ANY(statuses))`,
    after && byName && Prisma.sql`s.name > (SELECT name FROM service WHERE id = ${after}::uuid)`,
    after && !byName && Prisma.sql`s.id < ${after}::uuid`,
  ].filter((condition) => typeof condition === "object");
  return db.$queryRaw`
    SELECT s.id FROM service s WHERE ${Prisma.join(conditions, " AND ")}
    ORDER BY ${byName ? Prisma.sql`s.name` : Prisma.sql`s.id DESC`} LIMIT ${limit + 1}`;
}

export async function findServiceDetail(id: string): Promise<ServiceDetail | null> {
  const row = await db.service.findUnique({ where: { id }, include: withEverything });
  if (!row) return null;
  const last = await readLastDeployments([id]);
  return toDetail(row, last.get(id));
}

/** The existing service of that name. */
export async function findServiceRow(name: string, tx: Tx = db): Promise<ServiceRow | null> {
  const row = await tx.service.findFirst({
    where: { name, deletedAt: null },
    include: { target: true, currentRelease: true, owner: { select: { role: true } } },
  });
  if (!row) return null;
  const { id, ownerId, owner, environmentRevisionId, templateId, currentRelease } = row;
  const serving = currentRelease && {
    releaseId: currentRelease.id,
    driver: currentRelease.driver,
    spec: currentRelease.spec,
  };
  const target = { ...row.target, grants: toGrants(row.target), isolates: isolates(row.target) };
  const whose = { ownerId, ownerRole: owner.role, serviceId: id, targetId: target.id };
  return { id, name, ...whose, draft: toDraft(row), target, environmentRevisionId, templateId, serving };
}

/** Like findServiceRow, and locks the row until the transaction ends. */
export async function lockServiceRow(tx: Tx, name: string): Promise<ServiceRow | null> {
  await tx.$queryRaw`SELECT id FROM service WHERE name = ${name} AND deleted_at IS NULL FOR NO KEY UPDATE`;
  return findServiceRow(name, tx);
}

/** Locks the row by its id. Numbers of deployments and releases are assigned under this lock. */
export async function lockService(tx: Tx, serviceId: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM service WHERE id = ${serviceId}::uuid FOR UPDATE`;
}

/** Two concurrent requests for a new name wait for each other here, and the second one finds it taken. */
export async function lockServiceName(tx: Tx, name: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`landfall.service-name:${name}`}, 0))`;
}

export async function insertService(
  tx: Tx,
  name: string,
  ownerId: string,
  targetId: string,
  draft: ServiceDraft & { templateId?: string; volumeScope?: string | null },
): Promise<string> {
  const { id } = await tx.service.create({ data: { name, ownerId, targetId, ...draft }, select: { id: true } });
  return id;
}

export async function updateService(tx: Tx, id: string, draft: Partial<ServiceDraft>): Promise<void> {
  await tx.service.update({ where: { id }, data: draft });
}

/** The name of another existing service that has the port on the target. */
export async function findPortHolder(
  tx: Tx,
  port: { targetId: string; port: number; exceptId?: string },
): Promise<string | null> {
  const holder = await tx.service.findFirst({
    where: {
      targetId: port.targetId,
      port: port.port,
      deletedAt: null,
      ...(port.exceptId && { id: { not: port.exceptId } }),
    },
    select: { name: true },
  });
  return holder?.name ?? null;
}

/**
 * The name of another existing service that has the domain on the target, or will have it after its running or next
 * deployment. A deployment's domain was frozen when it was requested, even if the service has changed since.
 */
export async function findDomainHolder(
  tx: Tx,
  { targetId, domain, exceptId }: { targetId: string; domain: string; exceptId?: string },
): Promise<string | null> {
  const spec = { path: ["domain"], equals: domain };
  const isLive = { currentRelease: { spec } };
  const isComing = { deployments: { some: { state: { in: ["queued", "running", "undoing"] }, spec } } };
  const holder = await tx.service.findFirst({
    where: { targetId, deletedAt: null, id: exceptId && { not: exceptId }, OR: [{ domain }, isLive, isComing] },
    select: { name: true },
  });
  return holder?.name ?? null;
}

/** The owner of a name, even after the service was removed: its history is still theirs. The newest service wins. */
export async function findServiceByAnyName(
  name: string,
): Promise<{ id: string; name: string; ownerId: string; serviceId: string; targetId: string } | null> {
  const row = await db.service.findFirst({
    where: { name },
    orderBy: [{ deletedAt: { sort: "desc", nulls: "first" } }, { id: "desc" }],
    select: { id: true, name: true, ownerId: true, targetId: true },
  });
  return row && { ...row, serviceId: row.id };
}
