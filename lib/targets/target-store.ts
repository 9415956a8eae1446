import type { DriverKind } from "@/lib/contracts/service";
import type { TargetCheck, TargetView } from "@/lib/contracts/target";
import { type Actor, SYSTEM } from "@/lib/contracts/user";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";
import { machineId } from "./machine-id";
import { type SshTarget, SshTargetSettings, toSshTarget } from "./ssh-target";
import {
  type PeopleNames,
  type TargetRow,
  toGrants,
  toSettings,
  toTargetRow,
  toView,
  withServices,
} from "./target-row";

export type { TargetRow };

/** All the Prisma of targets. One that was removed is only a name in the history, and found by nothing here. */

const living = { deletedAt: null } as const;

/** As `viewer` sees them; Landfall itself sees everything. */
export async function listTargets(viewer: Actor = SYSTEM): Promise<TargetView[]> {
  const rows = await db.target.findMany({ where: living, include: withServices, orderBy: { name: "asc" } });
  const names = await namesOfGranted(rows);
  return rows.map((row) => toView(row, viewer, names));
}

export async function findTarget(name: string, viewer: Actor = SYSTEM): Promise<TargetView | null> {
  return viewOf({ name }, viewer);
}

export async function findTargetView(id: string, viewer: Actor = SYSTEM): Promise<TargetView | null> {
  return viewOf({ id }, viewer);
}

async function viewOf(where: Prisma.TargetWhereInput, viewer: Actor): Promise<TargetView | null> {
  const row = await db.target.findFirst({ where: { ...where, ...living }, include: withServices });
  return row && toView(row, viewer, await namesOfGranted([row]));
}

async function namesOfGranted(rows: readonly Prisma.TargetGetPayload<object>[]): Promise<PeopleNames> {
  const ids = [...new Set(rows.flatMap((row) => toGrants(row).people))];
  if (ids.length === 0) return new Map();
  const people = await db.user.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
  return new Map(people.map(({ id, name }) => [id, name]));
}

export async function findTargetRow(name: string): Promise<TargetRow | null> {
  const row = await db.target.findFirst({ where: { name, ...living } });
  return row && toTargetRow(row);
}

/** How a server is reached, with its secrets; null for what is no server over SSH. */
export async function findSshTarget(name: string): Promise<SshTarget | null> {
  const row = await db.target.findFirst({ where: { name, kind: "ssh", ...living } });
  return row && toSshTarget(row);
}

/** Where a service goes when nobody said: this machine's target, else the oldest one there is. */
export async function findDefaultTarget(): Promise<TargetRow | null> {
  const machine = await machineId();
  const rows = await db.target.findMany({ where: { kind: "local", ...living }, orderBy: { createdAt: "asc" } });
  const row = rows.find((target) => machineOf(target) === machine) ?? rows[0];
  return row ? toTargetRow(row) : null;
}

/**
 * Where a service of the deployer API goes when nobody said: the default server, where there is one. Processes are the
 * exception: what is asked to run as one is asked to run here.
 */
export async function findDeployerTarget(driver: DriverKind | undefined): Promise<TargetRow | null> {
  return (driver === "process" ? null : await findDefaultServer()) ?? findDefaultTarget();
}

/**
 * The server that the environment names, else the oldest one that was added; null when there is none. A disabled one only
 * when all are: saying so is better than another place.
 */
async function findDefaultServer(): Promise<TargetRow | null> {
  const rows = await db.target.findMany({
    where: { kind: "ssh", ...living },
    orderBy: [{ readOnly: "desc" }, { createdAt: "asc" }],
  });
  const there = rows.filter((row) => SshTargetSettings.safeParse(row.settings).data?.goneAt === null);
  const row = there.find(({ disabledAt }) => disabledAt === null) ?? there[0];
  return row ? toTargetRow(row) : null;
}

/**
 * Where a stack goes: the Dokploy server that its template names, else the first that takes deployments, the
 * environment's own before others. The named one also when it takes none: saying so is better than another place.
 */
export async function findStackTarget(namedId: string | null, tx: Tx = db): Promise<TargetRow | null> {
  const stacks = { kind: "dokploy", ...living };
  const named = namedId === null ? null : await tx.target.findFirst({ where: { id: namedId, ...stacks } });
  const row =
    named ??
    (await tx.target.findFirst({
      where: { disabledAt: null, ...stacks },
      orderBy: [{ readOnly: "desc" }, { createdAt: "asc" }],
    }));
  return row && toTargetRow(row);
}

/** Those kinds that no worker sits on. */
const SERVERS = ["ssh", "dokploy"];

/** Servers that take deployments and were last looked at before `before`. Whoever gets one has to look. */
export async function claimServersToCheck(before: Date, limit: number): Promise<TargetRow[]> {
  const due = {
    kind: { in: SERVERS },
    disabledAt: null,
    ...living,
    OR: [{ lastCheckAt: null }, { lastCheckAt: { lt: before } }],
  };
  const rows = await db.target.updateManyAndReturn({ where: due, data: { lastCheckAt: new Date() }, limit });
  return rows.map(toTargetRow);
}

/** Domains that templates give stacks there; without an id, of those that name no target. */
export async function listDomainSuffixes(targetId: string | null): Promise<string[]> {
  const where = { OR: [{ targetId: null }, ...(targetId === null ? [] : [{ targetId }])] };
  const rows = await db.stackTemplate.findMany({ where, distinct: ["domainSuffix"], select: { domainSuffix: true } });
  return rows.map(({ domainSuffix }) => domainSuffix);
}

export async function countTemplatesFor(tx: Tx, targetId: string): Promise<number> {
  return tx.stackTemplate.count({ where: { targetId } });
}

/** Holds the row until the transaction ends: what is decided about a target (a port, its removal) is decided one at a time. */
export async function lockTarget(tx: Tx, name: string): Promise<TargetRow | null> {
  await tx.$queryRaw`SELECT id FROM target WHERE name = ${name} AND deleted_at IS NULL FOR NO KEY UPDATE`;
  const row = await tx.target.findFirst({ where: { name, ...living } });
  return row && toTargetRow(row);
}

/** Every living target, and nobody else adds or renames one until the transaction ends. */
export async function lockTargetList(tx: Tx): Promise<TargetRow[]> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('landfall.targets'))`;
  return (await tx.target.findMany({ where: living })).map(toTargetRow);
}

export async function insertLocalTarget(tx: Tx, name: string, machine: string): Promise<TargetRow> {
  return insertTarget(tx, { name, kind: "local", settings: { machine }, readOnly: true });
}

export async function insertTarget(tx: Tx, data: Prisma.TargetUncheckedCreateInput): Promise<TargetRow> {
  return toTargetRow(await tx.target.create({ data }));
}

export async function updateTarget(tx: Tx, id: string, change: Prisma.TargetUncheckedUpdateInput): Promise<void> {
  await tx.target.update({ where: { id }, data: change });
}

/** Not where it was reached in another way when the look began: what was seen then says nothing about it. */
export async function saveTargetCheck(tx: Tx, seen: TargetRow, check: TargetCheck): Promise<void> {
  const { id, settings, hostKey, sealedSecrets } = seen;
  await tx.target.updateMany({
    where: { id, hostKey, sealedSecrets, settings: { equals: settings } },
    data: { lastCheck: check, lastCheckAt: new Date() },
  });
  // Whoever opened its circuit may be gone, and what answers is well again.
  if (check.ok)
    await tx.target.updateMany({
      where: { id, circuitOpenUntil: { lt: new Date() } },
      data: { circuitOpenUntil: null },
    });
}

export async function countServicesOn(tx: Tx, targetId: string): Promise<number> {
  return tx.service.count({ where: { targetId, deletedAt: null } });
}

/** Deployments say where they ran, so the row stays; how it was reached does not. */
export async function forgetTarget(tx: Tx, id: string): Promise<void> {
  const data = { deletedAt: new Date(), settings: {}, sealedSecrets: null, hostKey: null };
  await tx.target.update({ where: { id }, data });
}

export function machineOf(row: Pick<Prisma.TargetGetPayload<object>, "settings">): unknown {
  return toSettings(row).machine;
}
