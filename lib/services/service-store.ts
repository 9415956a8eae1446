import type { Page, PageQuery } from "@/lib/contracts/page";
import { toPage } from "@/lib/contracts/page";
import type { ServiceDetail, ServiceSummary } from "@/lib/contracts/service";
import { db, type Prisma, type Tx } from "@/lib/db/client";
import type { PlacedTarget } from "@/lib/targets/place";
import { readLastDeployments } from "./last-deployment-store";
import { type ServiceDraft, toDetail, toDraft, toSummary, withEverything, withNames } from "./service-row";

/** All the Prisma of services, but for their environments (environment-store.ts). */

/** What a command needs to decide about a service and to find it on its target. */
export interface ServiceRow {
  id: string;
  name: string;
  ownerId: string;
  draft: ServiceDraft;
  target: PlacedTarget & { id: string };
  environmentRevisionId: string | null;
  /** Of a stack; a service of its own has none. */
  templateId: string | null;
  /** The release that serves, and how it was deployed; a changed service differs from it until its next deployment. */
  serving: { releaseId: string; driver: string; spec: unknown } | null;
}

export interface ServiceFilter {
  ownerId?: string;
  target?: string;
  /** Part of a name. */
  search?: string;
}

/** Those with a list of their own, the stacks, are not among them. */
export async function listServices(filter: ServiceFilter, page: PageQuery): Promise<Page<ServiceSummary>> {
  const rows = await db.service.findMany({
    where: { deletedAt: null, templateId: null, ...wanted(filter), ...(page.after && { id: { lt: page.after } }) },
    include: withNames,
    orderBy: { id: "desc" },
    take: page.limit + 1,
  });
  const { items, next } = toPage(rows, page.limit);
  const last = await readLastDeployments(items.map((row) => row.id));
  return { items: items.map((row) => toSummary(row, last.get(row.id))), next };
}

function wanted({ ownerId, target, search }: ServiceFilter): Prisma.ServiceWhereInput {
  return {
    ...(ownerId && { ownerId }),
    ...(target && { target: { name: target } }),
    ...(search && { name: { contains: search, mode: "insensitive" } }),
  };
}

export async function findServiceDetail(id: string): Promise<ServiceDetail | null> {
  const row = await db.service.findUnique({ where: { id }, include: withEverything });
  if (!row) return null;
  const last = await readLastDeployments([id]);
  return toDetail(row, last.get(id));
}

/** The service of that name which is not removed. */
export async function findServiceRow(name: string, tx: Tx = db): Promise<ServiceRow | null> {
  const row = await tx.service.findFirst({
    where: { name, deletedAt: null },
    include: { target: true, currentRelease: true },
  });
  if (!row) return null;
  const { id, ownerId, target, environmentRevisionId, templateId, currentRelease } = row;
  const serving = currentRelease && {
    releaseId: currentRelease.id,
    driver: currentRelease.driver,
    spec: currentRelease.spec,
  };
  return { id, name, ownerId, draft: toDraft(row), target, environmentRevisionId, templateId, serving };
}

/** Like findServiceRow, and nobody else changes it until the transaction ends. */
export async function lockServiceRow(tx: Tx, name: string): Promise<ServiceRow | null> {
  await tx.$queryRaw`SELECT id FROM service WHERE name = ${name} AND deleted_at IS NULL FOR NO KEY UPDATE`;
  return findServiceRow(name, tx);
}

/** Two requests for one new name wait for each other here, and the second one finds it taken. */
export async function lockServiceName(tx: Tx, name: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`landfall.service-name:${name}`}, 0))`;
}

export async function insertService(
  tx: Tx,
  name: string,
  ownerId: string,
  targetId: string,
  draft: ServiceDraft & { templateId?: string },
): Promise<string> {
  const { id } = await tx.service.create({ data: { name, ownerId, targetId, ...draft }, select: { id: true } });
  return id;
}

export async function updateService(tx: Tx, id: string, draft: Partial<ServiceDraft>): Promise<void> {
  await tx.service.update({ where: { id }, data: draft });
}

/** The name of another living service that has the port on the target. */
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

/** Whose a name is, also after the service was removed: its history is still theirs. The newest wins. */
export async function findServiceByAnyName(
  name: string,
): Promise<{ id: string; name: string; ownerId: string } | null> {
  return db.service.findFirst({
    where: { name },
    orderBy: [{ deletedAt: { sort: "desc", nulls: "first" } }, { id: "desc" }],
    select: { id: true, name: true, ownerId: true },
  });
}
