import { db, type Tx } from "@/lib/db/client";
import type { LivingService } from "./orphans";

/** `stuck` too: retrying its undo needs what it made. */
const UNFINISHED = ["queued", "running", "undoing", "stuck"];

/** Every service that lives, or those of one name. */
export async function listLiving(tx: Tx = db, name?: string): Promise<LivingService[]> {
  const rows = await tx.service.findMany({
    where: { deletedAt: null, ...(name !== undefined && { name }) },
    select: {
      name: true,
      releases: { where: { prunedAt: null }, select: { id: true } },
      deployments: { where: { state: { in: UNFINISHED } }, select: { id: true }, take: 1 },
    },
  });
  return rows.map(({ name, releases, deployments }) => ({
    name,
    isMoving: deployments.length > 0,
    keptReleaseIds: releases.map(({ id }) => id),
  }));
}
