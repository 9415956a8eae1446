import type * as z from "zod";
import { type Reach, servicesWithin } from "@/lib/contracts/authorize";
import type { Subject } from "@/lib/contracts/permission";
import type { Droplet, DropletChange, NewDroplet } from "@/lib/contracts/registration";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";

/** All queries of the built-in Registry: its droplets are the Registration rows of `builtin`. */
export const BUILT_IN = "builtin";

type Row = Prisma.RegistrationGetPayload<object>;
type NumberedRow = Row & { dropletId: number };

export interface DropletKey {
  id?: number;
  name?: string;
}

/** Droplets of the services within reach; without limits, also those that clients of the contract registered. */
export async function listDroplets(reach: Reach): Promise<Droplet[]> {
  const within = servicesWithin(reach);
  const rows = await db.registration.findMany({
    where: {
      registry: BUILT_IN,
      dropletId: { not: null },
      ...(Object.keys(within).length > 0 && { service: within }),
    },
    orderBy: { dropletId: "asc" },
  });
  return rows.filter(isNumbered).map(toDroplet);
}

export async function findDroplet({ id, name }: DropletKey, tx: Tx = db): Promise<Droplet | null> {
  const row = await tx.registration.findFirst({
    where: { registry: BUILT_IN, ...(id === undefined ? { name } : { dropletId: id }) },
  });
  return row && isNumbered(row) ? toDroplet(row) : null;
}

/** The owner of a droplet's service; null when a client of the contract registered it. */
export async function findDropletOwner(key: DropletKey): Promise<Subject | null> {
  const row = await db.registration.findFirst({
    where: { registry: BUILT_IN, ...(key.id === undefined ? { name: key.name } : { dropletId: key.id }) },
    include: { service: { select: { id: true, ownerId: true, targetId: true } } },
  });
  if (!row) return null;
  const { service } = row;
  if (!service) return { ownerId: null };
  const { id: serviceId, ownerId, targetId } = service;
  return { ownerId, serviceId, targetId };
}

/** The service's own droplet, or one of an earlier service with the same name and owner. */
export async function isOwnDroplet(tx: Tx, name: string, serviceId: string): Promise<boolean> {
  const [own] = await tx.$queryRaw<{ isOwn: boolean }[]>`
    SELECT h.id = s.id OR (h.deleted_at IS NOT NULL AND h.owner_id = s.owner_id) AS "isOwn"
    FROM registration r JOIN service h ON h.id = r.service_id, service s
    WHERE r.registry = ${BUILT_IN} AND r.name = ${name} AND s.id = ${serviceId}::uuid`;
  return own?.isOwn ?? false;
}

/** Serialises registrations: a free name or the next id does not change until the transaction ends. */
export async function lockDroplets(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('landfall.registry'))`;
}

/** Under lockDroplets. Without an id, it gets the next one. */
export async function insertDroplet(
  tx: Tx,
  droplet: z.infer<typeof NewDroplet>,
  serviceId: string | null,
): Promise<Droplet> {
  const { name, endpoint, steward } = droplet;
  const row = await tx.registration.create({
    data: {
      registry: BUILT_IN,
      dropletId: droplet.id ?? (await nextId(tx)),
      name,
      endpoint,
      steward,
      serviceId,
      metadata: droplet.metadata ?? {},
      registeredAt: new Date(),
    },
  });
  return toDroplet(row as NumberedRow);
}

/** The limit of the column, which the contract allows. */
const HIGHEST_ID = 2_147_483_647;

/** The highest id plus one. When a service has requested the highest possible id, it is the lowest free id. */
async function nextId(tx: Tx): Promise<number> {
  const { _max } = await tx.registration.aggregate({ where: { registry: BUILT_IN }, _max: { dropletId: true } });
  const highest = _max.dropletId ?? 0;
  if (highest < HIGHEST_ID) return highest + 1;
  const [free] = await tx.$queryRaw<{ id: number }[]>`
    SELECT c.id FROM (
      SELECT 1 AS id UNION ALL
      SELECT droplet_id + 1 FROM registration WHERE registry = ${BUILT_IN} AND droplet_id < ${HIGHEST_ID}
    ) AS c
    WHERE NOT EXISTS (SELECT FROM registration r WHERE r.registry = ${BUILT_IN} AND r.droplet_id = c.id)
    ORDER BY c.id LIMIT 1`;
  return free?.id ?? 1;
}

export async function updateDroplet(tx: Tx, name: string, change: z.infer<typeof DropletChange>): Promise<Droplet> {
  const { cost_usd: costUsd, yield_usd: yieldUsd, ...rest } = change;
  const row = await tx.registration.update({
    where: { registry_name: { registry: BUILT_IN, name } },
    data: { ...rest, costUsd, yieldUsd },
  });
  return toDroplet(row as NumberedRow);
}

/** Stores the announced service and the response. */
export async function keepAnnounced(
  tx: Tx,
  name: string,
  serviceId: string,
  response: Prisma.InputJsonValue,
): Promise<void> {
  await tx.registration.update({
    where: { registry_name: { registry: BUILT_IN, name } },
    data: { serviceId, response, lastAnnouncedAt: new Date() },
  });
}

export async function deleteDroplet(tx: Tx, name: string): Promise<number> {
  const { count } = await tx.registration.deleteMany({ where: { registry: BUILT_IN, name } });
  return count;
}

function isNumbered(row: Row): row is NumberedRow {
  return row.dropletId !== null;
}

function toDroplet(row: NumberedRow): Droplet {
  return {
    id: row.dropletId,
    name: row.name,
    steward: row.steward,
    status: row.status,
    endpoint: row.endpoint,
    proof: row.proof,
    cost_usd: row.costUsd ?? 0,
    yield_usd: row.yieldUsd ?? 0,
    metadata: row.metadata as Droplet["metadata"],
    registered_at: (row.registeredAt ?? row.createdAt).toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
