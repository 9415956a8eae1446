import { authorize } from "@/lib/contracts/authorize";
import type { OrphanRemoval, Orphans, OrphansRemoved } from "@/lib/contracts/drift";
import { Problem, type ProblemData } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import type { OwnedThing } from "@/lib/drivers/driver";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Tx } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { lockServiceName } from "@/lib/services/service-store";
import type { Inventory } from "@/lib/targets/kind";
import { kindOf } from "@/lib/targets/registry";
import { findTargetRow, type TargetRow } from "@/lib/targets/target-store";
import { type LivingService, orphansAmong, toOrphan } from "./orphans";

/** Orphaned resources of a target: an administrator lists and removes them. orphans.ts decides which they are. */

/** Long enough for a folder with very many files. */
const REMOVE_MS = 120_000;

/** The resources of a target that no service owns. Throws not-found, or why the target does not answer. */
export async function listOrphans(targetName: string, actor: Actor): Promise<Orphans> {
  authorize(actor, "resource:remove");
  return withInventory(targetName, async (inventory) => {
    const { things, problems } = await findOrphans(inventory);
    const sizes = await inventory.measure(things.flatMap(({ path }) => path ?? []));
    return {
      items: things.map((thing) => ({ ...toOrphan(thing), bytes: sizes.get(thing.path ?? "") ?? thing.bytes })),
      problems: problems.map((problem) => problem.toData()),
    };
  });
}

/**
 * Removes orphans from a target, one after another. The target is listed again first: a resource that is no longer an
 * orphan, or not Landfall's, is kept. Throws not-found, or why the target does not answer.
 */
export async function removeOrphans(targetName: string, { ids }: OrphanRemoval, actor: Actor): Promise<OrphansRemoved> {
  authorize(actor, "resource:remove");
  return withInventory(targetName, async (inventory, target) => {
    const { things } = await findOrphans(inventory);
    const wanted = new Set(ids);
    const result: OrphansRemoved = { removed: [], kept: [] };
    for (const thing of things.filter(({ id }) => wanted.has(id))) {
      const problem = await removeOne(thing, target, actor);
      if (problem) result.kept.push({ id: thing.id, problem });
      else result.removed.push(thing.id);
      wanted.delete(thing.id);
    }
    const gone = new Problem("not-an-orphan").toData();
    return { ...result, kept: [...result.kept, ...[...wanted].map((id) => ({ id, problem: gone }))] };
  });
}

/** Until the removal ends, no service of its name can be created: that service's folder would be removed with it. */
async function removeOne(thing: OwnedThing, target: TargetRow, actor: Actor): Promise<ProblemData | null> {
  const { kind, name, serviceName: service } = thing;
  const work = () =>
    db.$transaction(
      async (tx) => {
        if (service !== null) await lockServiceName(tx, service);
        const living = await listLiving(tx, thing);
        if (orphansAmong([thing], living).length === 0) throw new Problem("not-an-orphan");
        await thing.remove();
        const subject = { type: "target", id: target.id, name: target.name };
        await audit(tx, actor, "target.remove-orphan", subject, { kind, name, service });
      },
      { timeout: REMOVE_MS },
    );
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof Problem) return error.toData();
    log.warn({ err: error, target: target.name, kind, name }, "an orphan could not be removed");
    return new Problem("internal").toData();
  }
}

/** The rows are read after the target, so a resource that a deployment creates in between already has its row. */
async function findOrphans(inventory: Inventory) {
  const { things, problems } = await inventory.list();
  return { things: orphansAmong(things, await listLiving()), problems };
}

async function withInventory<T>(
  targetName: string,
  work: (inventory: Inventory, target: TargetRow) => Promise<T>,
): Promise<T> {
  const target = await findTargetRow(targetName);
  if (!target) throw new Problem("not-found");
  const inventory = await kindOf(target).inventory(target);
  try {
    return await work(inventory, target);
  } finally {
    await inventory.close();
  }
}

/** `stuck` too: retrying its undo needs what the deployment created. */
const UNFINISHED = ["queued", "running", "undoing", "stuck"];

/** All existing services, or only those that may own a resource. */
async function listLiving(tx: Tx = db, thing?: Pick<OwnedThing, "serviceName" | "owner">): Promise<LivingService[]> {
  const mayOwn = [
    ...(thing?.serviceName ? [{ name: thing.serviceName }] : []),
    ...(thing?.owner ? [{ id: thing.owner.serviceId }] : []),
  ];
  const rows = await tx.service.findMany({
    where: { deletedAt: null, ...(mayOwn.length > 0 && { OR: mayOwn }) },
    select: {
      id: true,
      name: true,
      releases: { where: { prunedAt: null }, select: { id: true } },
      resources: { where: { kind: "project", removedAt: null }, select: { externalId: true } },
      deployments: { where: { state: { in: UNFINISHED } }, select: { id: true }, take: 1 },
    },
  });
  return rows.map(({ id, name, releases, resources, deployments }) => ({
    id,
    name,
    isMoving: deployments.length > 0,
    keptReleaseIds: releases.map((release) => release.id),
    projectIds: resources.map(({ externalId }) => externalId),
  }));
}
