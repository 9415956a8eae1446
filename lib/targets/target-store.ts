import { v5 as uuidv5 } from "uuid";
import { Grants, type GrantsView, mayDeployTo } from "@/lib/contracts/grants";
import { can } from "@/lib/contracts/permission";
import type { DriverKind } from "@/lib/contracts/service";
import { STACK_DRIVER } from "@/lib/contracts/stack-state";
import { TargetCheck, TargetKind, type TargetView } from "@/lib/contracts/target";
import { kindsCarrying } from "@/lib/contracts/target-kind";
import { type Actor, SYSTEM } from "@/lib/contracts/user";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";
import { publish } from "@/lib/platform/outbox/outbox";
import { unseal } from "@/lib/platform/secrets/seal";
import { type Secret, secretsIn } from "@/lib/platform/secrets/secret";
import { type StoredTarget, type TargetRow, targetPlace } from "./kind";
import { machineOf } from "./local";
import { machineId } from "./machine-id";
import { kindOf, SERVER_KINDS } from "./registry";
import { type SshTarget, SshTargetSettings, toSshTarget } from "./ssh/ssh-target";

export type { StoredTarget, TargetRow };

/* All Prisma queries on targets. A removed target is only a name in the history, and no function here finds it. */

const living = { deletedAt: null } as const;
const withServices = { _count: { select: { services: { where: { deletedAt: null } } } } } as const;
type Row = Prisma.TargetGetPayload<object>;
type CountedRow = Prisma.TargetGetPayload<{ include: typeof withServices }>;

/** All targets as `viewer` may see them. Landfall itself sees everything. */
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

/** How a server is reached over SSH, with its secrets; null for other targets. */
export async function findSshTarget(name: string): Promise<SshTarget | null> {
  const row = await db.target.findFirst({ where: { name, kind: "ssh", ...living } });
  return row && toSshTarget(row);
}

/** The target of a service that names none: this machine's, else the oldest machine's. */
export async function findDefaultTarget(): Promise<TargetRow | null> {
  const machine = await machineId();
  const rows = await db.target.findMany({ where: { kind: "local", ...living }, orderBy: { createdAt: "asc" } });
  const row = rows.find((target) => machineOf(target) === machine) ?? rows[0];
  return row ? toTargetRow(row) : null;
}

/**
 * The target of a deployer API service that names none: the default server, where there is one. A service that should
 * run as a process gets this machine.
 */
export async function findDeployerTarget(driver: DriverKind | undefined): Promise<TargetRow | null> {
  return (driver === "process" ? null : await findDefaultServer()) ?? findDefaultTarget();
}

/**
 * The server that the environment names, else the oldest one. A disabled server only where all are: its error is better
 * than a deployment to an unexpected target.
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
 * The target of a stack: its template's target, else the first enabled one, the environment's own before others. A
 * named target also while it is disabled: its error is better than a deployment to an unexpected target.
 */
export async function findStackTarget(namedId: string | null, tx: Tx = db): Promise<TargetRow | null> {
  const stacks = { kind: { in: kindsCarrying(STACK_DRIVER) }, ...living };
  const named = namedId === null ? null : await tx.target.findFirst({ where: { id: namedId, ...stacks } });
  const row =
    named ??
    (await tx.target.findFirst({
      where: { disabledAt: null, ...stacks },
      orderBy: [{ readOnly: "desc" }, { createdAt: "asc" }],
    }));
  return row && toTargetRow(row);
}

/** Claims enabled servers whose last check is older than `before`: the caller has to check them. */
export async function claimServersToCheck(before: Date, limit: number): Promise<TargetRow[]> {
  const due = {
    kind: { in: SERVER_KINDS },
    disabledAt: null,
    ...living,
    OR: [{ lastCheckAt: null }, { lastCheckAt: { lt: before } }],
  };
  const rows = await db.target.updateManyAndReturn({ where: due, data: { lastCheckAt: new Date() }, limit });
  return rows.map(toTargetRow);
}

export async function countTemplatesFor(tx: Tx, targetId: string): Promise<number> {
  return tx.stackTemplate.count({ where: { targetId } });
}

/** Locks the row until the transaction ends: decisions about a target (a port, its removal) happen one at a time. */
export async function lockTarget(tx: Tx, name: string): Promise<TargetRow | null> {
  await tx.$queryRaw`SELECT id FROM target WHERE name = ${name} AND deleted_at IS NULL FOR NO KEY UPDATE`;
  const row = await tx.target.findFirst({ where: { name, ...living } });
  return row && toTargetRow(row);
}

/** Every target; no one else adds or renames one until the transaction ends. */
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

/** Stores a check, unless the target is reached differently since the check began. */
export async function saveTargetCheck(tx: Tx, seen: TargetRow, check: TargetCheck): Promise<void> {
  const { id, settings, hostKey, sealedSecrets } = seen;
  const before = await tx.target.findUnique({ where: { id }, select: { lastCheck: true } });
  const { count } = await tx.target.updateMany({
    where: { id, hostKey, sealedSecrets, settings: { equals: settings } },
    data: { lastCheck: check, lastCheckAt: new Date() },
  });
  if (count > 0 && isDiskLow(check) && !isDiskLow(before?.lastCheck)) await publishDiskLow(tx, id, check);
  // The process that opened its circuit may be gone, and the server answers again.
  if (check.ok)
    await tx.target.updateMany({
      where: { id, circuitOpenUntil: { lt: new Date() } },
      data: { circuitOpenUntil: null },
    });
}

/** Below this part of the whole, a disk is about to be full. */
const LOW_DISK = 0.1;

function isDiskLow(check: unknown): boolean {
  const { data } = TargetCheck.nullish().safeParse(check);
  return (
    data?.diskFreeBytes != null && data.diskTotalBytes != null && data.diskFreeBytes < data.diskTotalBytes * LOW_DISK
  );
}

/** At most once a day for each target: the free space of a disk goes up and down. */
async function publishDiskLow(tx: Tx, targetId: string, check: TargetCheck): Promise<void> {
  const onceAs = uuidv5(`target.disk-low ${targetId} ${new Date().toISOString().slice(0, 10)}`, uuidv5.URL);
  const { diskFreeBytes, diskTotalBytes } = check;
  const sizes = { freeBytes: diskFreeBytes ?? 0, totalBytes: diskTotalBytes ?? 0 };
  await publish(tx, { type: "target.disk-low", targetId, ...sizes }, { onceAs });
}

export async function countServicesOn(tx: Tx, targetId: string): Promise<number> {
  return tx.service.count({ where: { targetId, deletedAt: null } });
}

/** The row stays for the history of deployments; address and keys do not. */
export async function forgetTarget(tx: Tx, id: string): Promise<void> {
  const data = { deletedAt: new Date(), settings: {}, sealedSecrets: null, hostKey: null };
  await tx.target.update({ where: { id }, data });
}

/* How rows are read. */

export function toTargetRow(row: Row): TargetRow {
  const { id, name, sealedSecrets, hostKey, concurrency, readOnly, disabledAt } = row;
  const kind = TargetKind.parse(row.kind);
  const grants = toGrants(row);
  return {
    id,
    name,
    kind,
    settings: toSettings(row),
    sealedSecrets,
    hostKey,
    concurrency,
    grants,
    isolates: isolates(row),
    readOnly,
    disabledAt,
  };
}

export function toGrants({ grants }: Pick<Row, "grants">): Grants {
  return Grants.parse(grants);
}

/** Can services have users of their own there? Only this machine's target may lack them (ensure-targets.ts). */
export function isolates({ settings }: Pick<Row, "settings">): boolean {
  return toSettings({ settings }).isolates !== false;
}

/** Names of people by their ids. */
type PeopleNames = ReadonlyMap<string, string>;

/** A target as `viewer` may see it: nothing that is encrypted, and other people only where they may see all people. */
function toView(row: CountedRow, viewer: Actor, names: PeopleNames): TargetView {
  const { id, name, concurrency, readOnly, disabledAt, lastCheckAt } = row;
  return {
    id,
    name,
    kind: TargetKind.parse(row.kind),
    ...kindOf(row).view(row),
    concurrency,
    mayDeploy: mayDeployTo(viewer, toGrants(row)) && (viewer.role === "admin" || isolates(row)),
    isolates: isolates(row),
    grants: toGrantsView(toGrants(row), viewer, names),
    readOnly,
    disabledAt: disabledAt?.toISOString() ?? null,
    services: row._count.services,
    // A check that an older version stored in another shape is omitted: the next check follows within minutes.
    lastCheck: TargetCheck.nullable().catch(null).parse(row.lastCheck),
    lastCheckAt: lastCheckAt?.toISOString() ?? null,
  };
}

function toGrantsView({ people, ...grants }: Grants, viewer: Actor, names: PeopleNames): GrantsView {
  const shown = can(viewer, "user:read") ? people : people.filter((id) => id === viewer.id);
  return { ...grants, people: shown.map((id) => ({ id, name: names.get(id) ?? id })) };
}

function toSettings(row: Pick<Row, "settings">): Prisma.JsonObject {
  return row.settings as Prisma.JsonObject;
}

/** The keys and passphrases of a target of any kind: no log may show them. */
export function targetSecrets({ id, sealedSecrets }: Pick<StoredTarget, "id" | "sealedSecrets">): Secret[] {
  return sealedSecrets === null ? [] : secretsIn(unseal(sealedSecrets, targetPlace(id)));
}
