import { DriverKind } from "@/lib/contracts/service";
import { USAGE_HOURS } from "@/lib/contracts/usage";
import { db, transaction } from "@/lib/platform/db/client";
import { LookReading, type UsageSample } from "./usage";

/** All queries for what services use. */

/** A service whose live release is looked at. */
export interface Live {
  serviceId: string;
  serviceName: string;
  releaseId: string;
  driver: DriverKind;
}

/** The right to look at a target in this minute, with what the look before found. */
export interface Look {
  targetId: string;
  minute: Date;
  before: LookReading;
}

/** The ids of the targets that have a live release and were not looked at in this minute. */
export async function targetsToLookAt(): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT s.target_id AS id FROM service AS s LEFT JOIN usage_look AS l USING (target_id)
    WHERE s.deleted_at IS NULL AND s.current_release_id IS NOT NULL AND (l.due_at IS NULL OR l.due_at <= now())`;
  return rows.map(({ id }) => id);
}

/**
 * Claims this minute's look at a target; null when another worker has it. Each begins with a minute, whenever the one
 * before ended, so that every minute has a look. Times are the database's.
 */
export async function claimLook(targetId: string): Promise<Look | null> {
  const [look] = await db.$queryRaw<{ minute: Date; reading: unknown }[]>`
    INSERT INTO usage_look AS l (target_id, due_at) VALUES (${targetId}::uuid, date_trunc('minute', now()) + interval '1 minute')
    ON CONFLICT (target_id) DO UPDATE SET due_at = excluded.due_at WHERE l.due_at <= now()
    RETURNING date_trunc('minute', now()) AS minute, l.reading`;
  return look ? { targetId, minute: look.minute, before: LookReading.parse(look.reading ?? {}) } : null;
}

export async function liveServices(targetId: string): Promise<Live[]> {
  const rows = await db.service.findMany({
    where: { targetId, deletedAt: null, currentReleaseId: { not: null } },
    select: { id: true, name: true, currentRelease: { select: { id: true, driver: true } } },
  });
  return rows.flatMap(({ id, name, currentRelease: release }) =>
    release
      ? [{ serviceId: id, serviceName: name, releaseId: release.id, driver: DriverKind.parse(release.driver) }]
      : [],
  );
}

/** Stores the figures of a minute, and what the next look is compared with. A look that took too long is left out. */
export async function keepLook(
  { targetId, minute }: Look,
  reading: LookReading,
  samples: readonly (UsageSample & { serviceId: string })[],
): Promise<void> {
  const rows = JSON.stringify(
    samples.map(({ serviceId, cpuMillis, memoryBytes, restarts }) => ({
      ...{ service_id: serviceId, cpu_millis: cpuMillis, memory_bytes: memoryBytes, restarts },
    })),
  );
  const hour = new Date(Math.floor(minute.getTime() / HOUR_MS) * HOUR_MS);
  const element = minute.getUTCMinutes() + 1;
  await transaction(async (tx) => {
    const kept = await tx.usageLook.updateMany({
      where: { targetId, dueAt: new Date(minute.getTime() + 60_000) },
      data: { reading },
    });
    if (kept.count === 0 || samples.length === 0) return;
    await tx.$executeRaw`
      INSERT INTO service_usage (service_id, hour, cpu_millis, memory_bytes, restarts)
      SELECT id, ${hour}, array_fill(NULL::int, '{60}'), array_fill(NULL::bigint, '{60}'), array_fill(NULL::int, '{60}')
      FROM service JOIN jsonb_to_recordset(${rows}::jsonb) AS sample (service_id uuid) ON service.id = sample.service_id
      ON CONFLICT DO NOTHING`;
    await tx.$executeRaw`
      UPDATE service_usage AS u SET cpu_millis[${element}::int] = sample.cpu_millis,
        memory_bytes[${element}::int] = sample.memory_bytes, restarts[${element}::int] = sample.restarts
      FROM jsonb_to_recordset(${rows}::jsonb)
        AS sample (service_id uuid, cpu_millis int, memory_bytes bigint, restarts int)
      WHERE u.service_id = sample.service_id AND u.hour = ${hour}`;
  });
}

const HOUR_MS = 60 * 60_000;

/** Removes hours that no page shows any more. */
export async function pruneUsage(): Promise<void> {
  const before = new Date(Date.now() - (USAGE_HOURS + 1) * HOUR_MS);
  await db.serviceUsage.deleteMany({ where: { hour: { lt: before } } });
}
