import type * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { Droplet, DropletChange, NewDroplet } from "@/lib/contracts/registration";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { type Tx, transaction } from "@/lib/platform/db/client";
import {
  type DropletKey,
  deleteDroplet,
  findDroplet,
  findDropletOwner,
  insertDroplet,
  lockDroplets,
  updateDroplet,
} from "./droplet-store";

/** What the built-in Registry does for clients that write to it (docs/registry.md). */

/** Not idempotent, by contract: a name that is there is `name-taken`. */
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

/** Throws not-found for one that is not there, or is another's. */
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
