import { v7 as uuidv7 } from "uuid";
import type { EnvironmentEntry } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";
import { type Place, seal, unseal } from "@/lib/platform/secrets/seal";
import type { Secrets } from "@/lib/platform/secrets/secret";
import { type Marks, marked, marksOf } from "@/lib/platform/secrets/variables";
import { type EnvironmentHistory, toEntries } from "./service-row";

/** Queries of environments. A revision's values never change: releases refer to it, a rollback restores it. */

export interface EnvironmentRevision {
  id: string;
  number: number;
  values: Secrets;
  history: EnvironmentHistory;
  marks: Marks;
}

function placeOf(id: string): Place {
  return { table: "environment_revision", column: "sealed", id };
}

/** A revision's values, with the marks of those that logs mask. */
export function revealRevision({ id, sealed, marks }: { id: string; sealed: string; marks: unknown }): Secrets {
  return marked(unseal<Secrets>(sealed, placeOf(id)), marks as Marks);
}

/** The service's current revision. */
export async function readEnvironment(tx: Tx, serviceId: string): Promise<EnvironmentRevision | null> {
  const revision = await tx.environmentRevision.findFirst({ where: { currentOf: { id: serviceId } } });
  if (!revision) return null;
  const { id, number, history, marks } = revision;
  return {
    id,
    number,
    values: revealRevision(revision),
    history: history as unknown as EnvironmentHistory,
    marks: marks as unknown as Marks,
  };
}

/** Creates the next revision as the service's current one. The caller has locked the service's row. */
export async function insertEnvironment(tx: Tx, serviceId: string, values: Secrets, actor: Actor): Promise<number> {
  const current = await readEnvironment(tx, serviceId);
  const number = (await newestNumber(tx, serviceId)) + 1;
  const id = uuidv7();
  await tx.environmentRevision.create({
    data: {
      id,
      serviceId,
      number,
      sealed: seal(values, placeOf(id)),
      names: Object.keys(values),
      marks: marksOf(values, current?.marks ?? {}) as unknown as Prisma.InputJsonObject,
      history: nextHistory(current, values, { number, by: actor.name, at: new Date().toISOString() }),
      createdById: actor.id,
    },
  });
  await tx.service.update({ where: { id: serviceId }, data: { environmentRevisionId: id } });
  return number;
}

/** Not the current revision's number, which is an older one after a rollback. */
async function newestNumber(tx: Tx, serviceId: string): Promise<number> {
  const { _max } = await tx.environmentRevision.aggregate({ where: { serviceId }, _max: { number: true } });
  return _max.number ?? 0;
}

/** A person's choice for variables of the current revision applies to everything logged from then on. */
export async function markEnvironment(tx: Tx, serviceId: string, choices: Record<string, boolean>): Promise<void> {
  const current = await readEnvironment(tx, serviceId);
  if (!current) return;
  const chosen = Object.entries(choices).map(([name, secret]) => [name, { secret, chosen: true }] as const);
  const marks = { ...current.marks, ...Object.fromEntries(chosen) };
  await tx.environmentRevision.update({
    where: { id: current.id },
    data: { marks: marks as unknown as Prisma.InputJsonObject },
  });
}

function nextHistory(
  current: EnvironmentRevision | null,
  values: Secrets,
  change: EnvironmentHistory[string],
): EnvironmentHistory {
  const entries = Object.entries(values).map(([name, value]) => {
    const kept = value.equals(current?.values[name]) ? current?.history[name] : undefined;
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
