import type { Environment, EnvironmentEntry } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { db, type Tx } from "@/lib/db/client";
import { seal, unseal } from "@/lib/secrets/seal";
import { type EnvironmentHistory, toEntries } from "./service-row";

/** All the Prisma of environments. A revision is never changed: releases point at them, and a rollback restores one. */

export interface EnvironmentRevision {
  id: string;
  number: number;
  values: Environment;
  history: EnvironmentHistory;
}

/** The service's current one. */
export async function readEnvironment(tx: Tx, serviceId: string): Promise<EnvironmentRevision | null> {
  const revision = await tx.environmentRevision.findFirst({ where: { currentOf: { id: serviceId } } });
  if (!revision) return null;
  const { id, number, sealed, history } = revision;
  return { id, number, values: unseal<Environment>(sealed), history: history as unknown as EnvironmentHistory };
}

/** Makes the next revision and makes it the service's current one. The caller holds the service's row. */
export async function insertEnvironment(tx: Tx, serviceId: string, values: Environment, actor: Actor): Promise<number> {
  const current = await readEnvironment(tx, serviceId);
  const number = (await newestNumber(tx, serviceId)) + 1;
  const { id } = await tx.environmentRevision.create({
    data: {
      serviceId,
      number,
      sealed: seal(values),
      names: Object.keys(values),
      history: nextHistory(current, values, { number, by: actor.name, at: new Date().toISOString() }),
      createdById: actor.id,
    },
    select: { id: true },
  });
  await tx.service.update({ where: { id: serviceId }, data: { environmentRevisionId: id } });
  return number;
}

/** Not the current one's number: after a rollback that is an older one. */
async function newestNumber(tx: Tx, serviceId: string): Promise<number> {
  const { _max } = await tx.environmentRevision.aggregate({ where: { serviceId }, _max: { number: true } });
  return _max.number ?? 0;
}

function nextHistory(
  current: EnvironmentRevision | null,
  values: Environment,
  change: EnvironmentHistory[string],
): EnvironmentHistory {
  const entries = Object.entries(values).map(([name, value]) => {
    const kept = current?.values[name] === value ? current.history[name] : undefined;
    return [name, kept ?? change] as const;
  });
  return Object.fromEntries(entries);
}

export interface EnvironmentListing {
  revision: number | null;
  variables: EnvironmentEntry[];
}

export async function listEnvironment(serviceId: string): Promise<EnvironmentListing> {
  const revision = await db.environmentRevision.findFirst({ where: { currentOf: { id: serviceId } } });
  return { revision: revision?.number ?? null, variables: toEntries(revision) };
}
