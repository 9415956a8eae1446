import { Problem } from "@/lib/contracts/problem";
import type { Announcement, Droplet } from "@/lib/contracts/registration";
import { db, type Tx, transaction } from "@/lib/platform/db/client";
import {
  BUILT_IN,
  deleteDroplet,
  findDroplet,
  insertDroplet,
  isOwnDroplet,
  keepAnnounced,
  lockDroplets,
  updateDroplet,
} from "./droplet-store";
import type { Registry } from "./registry";

/** The default: announcing is a transaction in our own database, so nothing is ever owed and nothing is forgotten. */
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
  catchUp: async () => ({ announced: 0, failed: 0 }),
  isUp: async () => true,
};

/** Registers, or changes the service's own droplet and keeps its id. Another's is `name-taken`: it is never taken over. */
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
