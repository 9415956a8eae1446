import { HealthCheck } from "@/lib/contracts/health-check";
import type { HealthAnswer, WatchState } from "@/lib/contracts/uptime";
import { db, Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { publish } from "@/lib/platform/outbox/outbox";
import { afterAnswer, type Health } from "./health";

/** All queries for the health of live releases. */

/** A live release whose health path is to be requested now. */
export interface Watched {
  serviceId: string;
  releaseId: string;
  driver: string;
  spec: unknown;
}

/** A worker that claimed a request and died leaves it to another one after this time. */
const CLAIM_SECONDS = 60;
/** After a bad answer the next request comes sooner, so that three of them take less time than a person waits. */
const AFTER_BAD_MS = 10_000;
/** A live release that a deployment is changing is requested again when that has ended. */
const MOVING = Prisma.sql`EXISTS (
  SELECT FROM deployment AS d WHERE d.service_id = s.id AND d.state IN ('running', 'undoing'))`;

/** For a service `s` and its row `before`: its live release was never requested, or it is due again. */
const IS_DUE = Prisma.sql`s.deleted_at IS NULL AND s.current_release_id IS NOT NULL
  AND (before.due_at IS NULL OR before.due_at <= now()) AND NOT ${MOVING}`;

/** The ids of the targets that have a service which is due. */
export async function targetsWithDue(): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT s.target_id AS id
    FROM service AS s LEFT JOIN service_health AS before ON before.service_id = s.id WHERE ${IS_DUE}`;
  return rows.map(({ id }) => id);
}

/** Claims the services of a target that are due. Times are the database's: the clocks of machines do not matter. */
export async function claimDue(targetId: string): Promise<Watched[]> {
  return db.$queryRaw<Watched[]>`
    WITH claimed AS (
      INSERT INTO service_health AS h (service_id, release_id, state, since, due_at)
      SELECT s.id, s.current_release_id, 'unknown', now(), now() + ${CLAIM_SECONDS}::int * interval '1 second'
      FROM service AS s LEFT JOIN service_health AS before ON before.service_id = s.id
      WHERE s.target_id = ${targetId}::uuid AND ${IS_DUE}
      ON CONFLICT (service_id) DO UPDATE SET due_at = excluded.due_at WHERE h.due_at <= now()
      RETURNING service_id
    )
    SELECT s.id AS "serviceId", release.id AS "releaseId", release.driver, release.spec
    FROM claimed JOIN service AS s ON s.id = claimed.service_id JOIN release ON release.id = s.current_release_id`;
}

interface Row {
  state: WatchState;
  bad_answers: number;
  is_reported: boolean;
  at: Date;
}

/**
 * Stores an answer; null when the host did not answer. An answer of a release that is not live any more, or that a
 * deployment is changing, is left out.
 */
export async function keepAnswer({ serviceId, releaseId, spec }: Watched, answer: HealthAnswer | null): Promise<void> {
  const { watchMs } = HealthCheck.parse((spec as { health?: unknown }).health ?? {});
  const nextMs = answer?.ok === false ? Math.min(watchMs, AFTER_BAD_MS) : watchMs;
  await transaction(async (tx) => {
    const [row] = await tx.$queryRaw<Row[]>`
      SELECT h.state, h.bad_answers, h.is_reported, now() AS at FROM service_health AS h JOIN service AS s ON s.id = h.service_id
      WHERE h.service_id = ${serviceId}::uuid AND s.current_release_id = ${releaseId}::uuid AND NOT ${MOVING}
      FOR UPDATE OF h`;
    if (!row) return;
    const before: Health = { state: row.state, badAnswers: row.bad_answers, isReported: row.is_reported };
    const next = afterAnswer(before, answer);
    const knownUntil = new Date(row.at.getTime() + nextMs + OVERDUE_MS);
    const since = await extendSpan(tx, { serviceId, state: next.state, at: row.at, knownUntil });
    await tx.$executeRaw`
      UPDATE service_health SET release_id = ${releaseId}::uuid, state = ${next.state}, bad_answers = ${next.badAnswers},
        is_reported = ${next.isReported}, answer = coalesce(${answer && JSON.stringify(answer)}::jsonb, answer),
        since = ${since},
        due_at = now() + ${nextMs}::int * interval '1 millisecond'
      WHERE service_id = ${serviceId}::uuid`;
    const ids = { serviceId, releaseId };
    if (next.isReported && !before.isReported) await publish(tx, { type: "service.unhealthy", ...ids });
    if (!next.isReported && before.isReported) await publish(tx, { type: "service.healthy", ...ids });
  });
}

/** A state is known for this long after the next answer was due. */
const OVERDUE_MS = 60_000;

interface Seen {
  serviceId: string;
  state: WatchState;
  at: Date;
  knownUntil: Date;
}

/** Extends the newest span, or begins another one. Returns its start. */
async function extendSpan(tx: Tx, { serviceId, state, at, knownUntil }: Seen): Promise<Date> {
  const last = await tx.healthSpan.findFirst({ where: { serviceId }, orderBy: { startedAt: "desc" } });
  const isKnown = last !== null && last.endedAt >= at;
  if (isKnown && last.state === state) {
    await tx.healthSpan.update({ where: { id: last.id }, data: { endedAt: knownUntil } });
    return last.startedAt;
  }
  if (isKnown) await tx.healthSpan.update({ where: { id: last.id }, data: { endedAt: at } });
  await tx.healthSpan.create({ data: { serviceId, state, startedAt: at, endedAt: knownUntil } });
  return at;
}

/** Ends the spans of services that have no live release any more. */
export async function endOfNotLive(): Promise<void> {
  await db.$executeRaw`
    WITH ended AS (
      DELETE FROM service_health AS h USING service AS s
      WHERE s.id = h.service_id AND (s.deleted_at IS NOT NULL OR s.current_release_id IS NULL)
      RETURNING h.service_id
    )
    UPDATE health_span SET ended_at = now() WHERE ended_at > now() AND service_id IN (SELECT service_id FROM ended)`;
}

const KEPT_DAYS = 31;

/** Removes spans that no page shows any more. */
export async function pruneSpans(): Promise<void> {
  const before = new Date(Date.now() - KEPT_DAYS * 24 * 60 * 60_000);
  await db.healthSpan.deleteMany({ where: { endedAt: { lt: before } } });
}
