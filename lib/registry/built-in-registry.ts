import type * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { Announcement, Droplet, DropletChange, NewDroplet } from "@/lib/contracts/registration";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Tx, transaction } from "@/lib/platform/db/client";
import {
  BUILT_IN,
  type DropletKey,
  deleteDroplet,
  findDroplet,
  findDropletOwner,
  insertDroplet,
  isOwnDroplet,
  keepAnnounced,
  lockDroplets,
  updateDroplet,
} from "./droplet-store";
import type { Registry } from "./registry";

/*
 * Landfall's own Registry, for the services of this installation and for clients that write to it (docs/registry.md).
 */

/** The default. An announcement is a transaction in our own database, so none is pending and none is lost. */
export const builtInRegistry: Registry = {
  address: BUILT_IN,
  circuit: "closed",
  announce: (serviceId, announcement) =>
    transaction(async (tx) => {
      await lockDroplets(tx);
      const droplet = await upsert(tx, serviceId, announcement);
      await keepAnnounced(tx, announcement.name, serviceId, { droplet });
    }),
  withdraw: (serviceId, name) =>
    transaction(async (tx) => {
      await lockDroplets(tx);
      if (await isOwnDroplet(tx, name, serviceId)) await deleteDroplet(tx, name);
    }),
  addressOf: async (serviceId, name) => {
    const droplet = await findDroplet({ name });
    return droplet && (await isOwnDroplet(db, name, serviceId)) ? droplet.endpoint : null;
  },
  deliver: async () => false,
  remind: async () => undefined,
  isUp: async () => true,
};

/** Registers a droplet, or changes the service's own and keeps its id. Another owner's name is `name-taken`. */
async function upsert(
  tx: Tx,
  serviceId: string,
  { name, endpoint, metadata, dropletId }: Announcement,
): Promise<Droplet> {
  const known = await findDroplet({ name }, tx);
  if (known && !(await isOwnDroplet(tx, name, serviceId)))
    throw new Problem("name-taken", {
      params: { name },
      detail: `the droplet ${known.id} of this name is not this service's`,
    });
  if (known) return updateDroplet(tx, name, { status: "active", endpoint, metadata });
  const holder = dropletId === null ? null : await findDroplet({ id: dropletId }, tx);
  if (holder)
    throw new Problem("registration-failed", {
      params: { registry: BUILT_IN },
      detail: `droplet ${holder.id} is not this service's`,
    });
  return insertDroplet(tx, { id: dropletId, name, endpoint, metadata }, serviceId);
}

/** Not idempotent, by contract: an existing name is `name-taken`. */
export async function registerDroplet(droplet: z.infer<typeof NewDroplet>, actor: Actor): Promise<Droplet> {
  authorize(actor, "registry:write");
  return transaction(async (tx) => {
    await lockDroplets(tx);
    await refuseTaken(tx, droplet);
    const registered = await insertDroplet(tx, droplet, null);
    await audit(tx, actor, "droplet.register", subjectOf(registered), { endpoint: registered.endpoint });
    return registered;
  });
}

export async function changeDroplet(id: number, change: z.infer<typeof DropletChange>, actor: Actor): Promise<Droplet> {
  authorize(actor, "registry:write");
  return transaction(async (tx) => {
    const { name } = await requireDroplet(tx, { id });
    const changed = await updateDroplet(tx, name, change);
    await audit(tx, actor, "droplet.change", subjectOf(changed), { fields: Object.keys(change) });
    return changed;
  });
}

export async function removeDroplet(id: number, actor: Actor): Promise<Droplet> {
  authorize(actor, "registry:write");
  return transaction(async (tx) => {
    const droplet = await requireDroplet(tx, { id });
    await deleteDroplet(tx, droplet.name);
    await audit(tx, actor, "droplet.remove", subjectOf(droplet), { endpoint: droplet.endpoint });
    return droplet;
  });
}

/** Throws not-found when it does not exist or has another owner. */
export async function readDroplet(key: DropletKey, actor: Actor): Promise<Droplet> {
  authorize(actor, "registry:read", await findDropletOwner(key));
  const droplet = await findDroplet(key);
  if (!droplet) throw new Problem("not-found");
  return droplet;
}

async function requireDroplet(tx: Tx, key: DropletKey): Promise<Droplet> {
  await lockDroplets(tx);
  const droplet = await findDroplet(key, tx);
  if (!droplet) throw new Problem("not-found");
  return droplet;
}

async function refuseTaken(tx: Tx, { id, name }: z.infer<typeof NewDroplet>): Promise<void> {
  if (await findDroplet({ name }, tx))
    throw new Problem("name-taken", { params: { name }, detail: `a droplet named ${name} is registered` });
  const holder = id == null ? null : await findDroplet({ id }, tx);
  if (holder)
    throw new Problem("name-taken", { params: { name }, detail: `id ${holder.id} belongs to ${holder.name}` });
}

function subjectOf({ id, name }: Droplet) {
  return { type: "droplet", id: String(id), name };
}
