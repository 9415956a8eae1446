import { type Reach, servicesWithin } from "@/lib/contracts/authorize";
import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import type { StackSummary } from "@/lib/contracts/stack";
import { readRollbackTargets } from "@/lib/engine/releases/release-store";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";
import { readLastDeployments } from "@/lib/services/service-status-store";
import { toSummary, withNames } from "./stack-row";

/** All the Prisma of stacks: services that are made from a template. */

const living = { deletedAt: null, templateId: { not: null } } as const satisfies Prisma.ServiceWhereInput;

/** Newest first. */
export async function listStacks(reach: Reach, page: PageQuery): Promise<Page<StackSummary>> {
  const rows = await db.service.findMany({
    where: { ...living, AND: servicesWithin(reach), ...(page.after && { id: { lt: page.after } }) },
    include: withNames,
    orderBy: { id: "desc" },
    take: page.limit + 1,
  });
  const { items, next } = toPage(rows, page.limit);
  return { items: await toSummaries(items), next };
}

export async function findStack(name: string): Promise<StackSummary | null> {
  const row = await db.service.findFirst({ where: { name, ...living }, include: withNames });
  return row && ((await toSummaries([row]))[0] ?? null);
}

async function toSummaries(rows: Parameters<typeof toSummary>[0][]): Promise<StackSummary[]> {
  const ids = rows.map(({ id }) => id);
  const [last, rollbackTo] = await Promise.all([readLastDeployments(ids), readRollbackTargets(ids)]);
  return rows.map((row) => toSummary(row, last.get(row.id)?.deployment ?? null, rollbackTo.get(row.id)));
}

/** By a service that is there, or by the data of a removed one that was another person's; to nobody (null) every data is another's. */
export async function isNameHeld(tx: Tx, name: string, ownerId: string | null): Promise<boolean> {
  const left: Prisma.ServiceWhereInput = {
    deletedAt: { not: null },
    resources: { some: { kind: "volume", removedAt: null } },
    ...(ownerId !== null && { ownerId: { not: ownerId } }),
  };
  const holder = await tx.service.findFirst({
    where: { name, OR: [{ deletedAt: null }, left] },
    select: { id: true },
  });
  return holder !== null;
}
