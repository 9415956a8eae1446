import { TargetCheck, TargetKind, type TargetView } from "@/lib/contracts/target";
import { db, type Prisma, type Tx } from "@/lib/db/client";
import { machineId } from "./machine-id";

/** All the Prisma of targets. */

/** What a driver's place is made from (host-place.ts). */
export interface TargetRow {
  id: string;
  name: string;
  kind: TargetKind;
  settings: Record<string, unknown>;
  concurrency: number;
  readOnly: boolean;
  disabledAt: Date | null;
}

const living = { where: { deletedAt: null } } as const;
const withServices = { _count: { select: { services: living } } } as const;
type Row = Prisma.TargetGetPayload<object>;
type CountedRow = Prisma.TargetGetPayload<{ include: typeof withServices }>;

export async function listTargets(): Promise<TargetView[]> {
  const rows = await db.target.findMany({ include: withServices, orderBy: { name: "asc" } });
  return rows.map(toView);
}

export async function findTarget(name: string): Promise<TargetView | null> {
  const row = await db.target.findUnique({ where: { name }, include: withServices });
  return row && toView(row);
}

export async function findTargetRow(name: string): Promise<TargetRow | null> {
  const row = await db.target.findUnique({ where: { name } });
  return row && toTargetRow(row);
}

/** Where a service goes when nobody said: this machine's target, else the oldest one there is. */
export async function findDefaultTarget(): Promise<TargetRow | null> {
  const machine = await machineId();
  const rows = await db.target.findMany({ where: { kind: "local" }, orderBy: { createdAt: "asc" } });
  const row = rows.find((target) => machineOf(target) === machine) ?? rows[0];
  return row ? toTargetRow(row) : null;
}

/** Holds the row until the transaction ends: what is decided about a target (a port, its removal) is decided one at a time. */
export async function lockTarget(tx: Tx, name: string): Promise<TargetRow | null> {
  await tx.$queryRaw`SELECT id FROM target WHERE name = ${name} FOR NO KEY UPDATE`;
  const row = await tx.target.findUnique({ where: { name } });
  return row && toTargetRow(row);
}

export async function insertLocalTarget(tx: Tx, name: string, machine: string): Promise<TargetRow> {
  return toTargetRow(await tx.target.create({ data: { name, kind: "local", settings: { machine }, readOnly: true } }));
}

/** One at a time, so that two processes of a machine that start together make one row. */
export async function lockLocalTargets(tx: Tx): Promise<{ names: string[]; byMachine: Map<unknown, TargetRow> }> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('landfall.local-targets'))`;
  const rows = await tx.target.findMany();
  const local = rows.filter((row) => row.kind === "local");
  return {
    names: rows.map((row) => row.name),
    byMachine: new Map(local.map((row) => [machineOf(row), toTargetRow(row)])),
  };
}

export async function updateTarget(
  tx: Tx,
  id: string,
  change: { concurrency?: number; disabledAt?: Date | null },
): Promise<void> {
  await tx.target.update({ where: { id }, data: change });
}

export async function saveTargetCheck(tx: Tx, id: string, check: TargetCheck): Promise<void> {
  await tx.target.update({ where: { id }, data: { lastCheck: check, lastCheckAt: new Date() } });
}

/** What would be lost with it: services that live there, and history that must be kept. */
export async function countTargetUses(tx: Tx, id: string): Promise<{ services: number; deployments: number }> {
  const services = await tx.service.count({ where: { targetId: id, deletedAt: null } });
  const deployments = await tx.deployment.count({ where: { targetId: id } });
  return { services, deployments };
}

export async function deleteTarget(tx: Tx, id: string): Promise<void> {
  await tx.target.delete({ where: { id } });
}

function machineOf(row: Pick<Row, "settings">): unknown {
  return toSettings(row).machine;
}

function toSettings(row: Pick<Row, "settings">): Record<string, never> {
  return row.settings as Record<string, never>;
}

function toTargetRow(row: Row): TargetRow {
  const { id, name, concurrency, readOnly, disabledAt } = row;
  return { id, name, kind: TargetKind.parse(row.kind), settings: toSettings(row), concurrency, readOnly, disabledAt };
}

function toView(row: CountedRow): TargetView {
  const check = TargetCheck.nullable().parse(row.lastCheck);
  return {
    ...toTargetRow(row),
    settings: toSettings(row),
    disabledAt: row.disabledAt?.toISOString() ?? null,
    services: row._count.services,
    lastCheck: check,
    lastCheckAt: row.lastCheckAt?.toISOString() ?? null,
  };
}
