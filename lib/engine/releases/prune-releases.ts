import { DriverKind } from "@/lib/contracts/service";
import type { Json } from "@/lib/drivers/driver";
import { driverOf } from "@/lib/drivers/registry";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { withConnection } from "@/lib/targets/registry";

const DAY_MS = 24 * 60 * 60 * 1_000;

export interface Retained {
  id: string;
  lastServedAt: Date | null;
}

/**
 * The artifacts that can be removed: all except the current release's, the newest `kept`, and the previous release's
 * for `previousDays` after it was last live. `releases` are those that still have an artifact, newest first.
 */
export function prunable<T extends Retained>(
  releases: readonly T[],
  { currentId, kept, previousDays, now }: { currentId: string | null; kept: number; previousDays: number; now: Date },
): T[] {
  const others = releases.filter(({ id }) => id !== currentId);
  const previous = others.reduce<T | undefined>(
    (best, release) => (servedAt(release) > servedAt(best) ? release : best),
    undefined,
  );
  const previousIsYoung = servedAt(previous) > now.getTime() - previousDays * DAY_MS;
  return releases
    .slice(kept)
    .filter((release) => release.id !== currentId && !(release === previous && previousIsYoung));
}

function servedAt(release: Retained | undefined): number {
  return release?.lastServedAt?.getTime() ?? 0;
}

/** Removes these artifacts from the host and updates the rows. When the host does not answer, the next run retries. */
export async function pruneReleases(serviceId: string): Promise<void> {
  const service = await db.service.findUnique({
    where: { id: serviceId },
    include: { target: true, releases: { where: { prunedAt: null }, orderBy: { number: "desc" } } },
  });
  if (!service || service.deletedAt) return;
  const wanted = {
    currentId: service.currentReleaseId,
    kept: env.RELEASES_KEPT,
    previousDays: env.PREVIOUS_RELEASE_DAYS,
    now: new Date(),
  };
  const old = prunable(service.releases, wanted).filter((release) => release.targetId === service.targetId);
  if (old.length === 0) return;
  try {
    await withConnection(service.target, async ({ access }) => {
      for (const release of old) {
        const ref = { id: release.id, artifact: release.artifact as Json };
        await driverOf(DriverKind.parse(release.driver)).prune({ ...access, serviceName: service.name }, ref);
        await db.release.update({
          where: { id: release.id },
          data: { prunedAt: new Date(), prunedReason: "retention" },
        });
      }
    });
  } catch (error) {
    log.warn(
      { err: error, serviceId },
      "old releases could not be pruned; they are tried again after the next deployment",
    );
  }
}
