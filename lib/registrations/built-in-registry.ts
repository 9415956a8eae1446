import { Problem } from "@/lib/contracts/problem";
import type { Announcement, Droplet } from "@/lib/contracts/registration";
import { type Tx, transaction } from "@/lib/db/client";
import {
  BUILT_IN,
  deleteDroplet,
  findDroplet,
  insertDroplet,
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
  withdraw: (name) =>
    transaction(async (tx) => {
      await deleteDroplet(tx, name);
    }),
  addressOf: async (name) => (await findDroplet({ name }))?.endpoint ?? null,
  catchUp: async () => ({ announced: 0, failed: 0 }),
  isUp: async () => true,
};

/** As a client of the contract would: register, and where the name is there already, change it and keep its id. */
async function upsert(
  tx: Tx,
  serviceId: string,
  { name, endpoint, metadata, dropletId }: Announcement,
): Promise<Droplet> {
  const known = await findDroplet({ name }, tx);
  if (known) return updateDroplet(tx, name, { status: "active", endpoint, metadata });
  const holder = dropletId === null ? null : await findDroplet({ id: dropletId }, tx);
  if (holder)
    throw new Problem("registration-failed", {
      params: { registry: BUILT_IN },
      detail: `droplet ${holder.id} is ${holder.name}`,
    });
  return insertDroplet(tx, { id: dropletId, name, endpoint, metadata }, serviceId);
}
