import { authorize } from "@/lib/contracts/authorize";
import { HealthCheck } from "@/lib/contracts/health-check";
import { HealthAnswer, type ServiceUptime, UPTIME_DAYS, type UptimeDay, WatchState } from "@/lib/contracts/uptime";
import type { Actor } from "@/lib/contracts/user";
import { db } from "@/lib/platform/db/client";
import { readServiceMask } from "./running-service";
import { findServiceRow } from "./service-store";

const DAY_MS = 24 * 60 * 60_000;
/** A state counts as unknown when no worker has requested the service for this long after it was due. */
const STALE_MS = 5 * 60_000;

/** The health of the live release, and how long the service was healthy in the last days. Throws not-found. */
export async function readUptime(serviceName: string, actor: Actor, now = new Date()): Promise<ServiceUptime> {
  const { id: serviceId } = authorize(actor, "service:read", await findServiceRow(serviceName));
  const since = new Date(startOfDay(now) - (UPTIME_DAYS - 1) * DAY_MS);
  const [service, spans] = await Promise.all([
    db.service.findUniqueOrThrow({
      where: { id: serviceId },
      select: { health: true, watched: true, currentReleaseId: true, currentRelease: { select: { spec: true } } },
    }),
    db.healthSpan.findMany({
      where: { serviceId, endedAt: { gt: since } },
      orderBy: { startedAt: "asc" },
    }),
  ]);
  const { watched, currentRelease } = service;
  const isKnown = watched !== null && watched.dueAt.getTime() > now.getTime() - STALE_MS;
  const health = (currentRelease?.spec as { health?: unknown } | undefined)?.health ?? service.health;
  return {
    state: isKnown ? WatchState.parse(watched.state) : "unknown",
    since: isKnown ? watched.since.toISOString() : null,
    answer: await maskedAnswer(serviceId, watched?.answer),
    everyMs: HealthCheck.parse(health).watchMs,
    ...uptimeOf(spans, now),
  };
}

async function maskedAnswer(serviceId: string, stored: unknown): Promise<HealthAnswer | null> {
  const answer = HealthAnswer.nullable().parse(stored ?? null);
  if (!answer?.error) return answer;
  return { ...answer, error: (await readServiceMask(serviceId))(answer.error) };
}

interface Span {
  state: string;
  startedAt: Date;
  endedAt: Date;
}

/** The healthy and unhealthy time of each day in UTC. Time in which the state was unknown counts in neither. */
export function uptimeOf(spans: readonly Span[], now: Date): Pick<ServiceUptime, "share" | "knownSince" | "days"> {
  const today = startOfDay(now);
  const days = Array.from({ length: UPTIME_DAYS }, (_, index): UptimeDay => {
    const startMs = today - (UPTIME_DAYS - 1 - index) * DAY_MS;
    const within = (state: string) =>
      spans
        .filter((span) => span.state === state)
        .reduce((sum, span) => sum + overlap(span, startMs, Math.min(startMs + DAY_MS, now.getTime())), 0);
    const day = new Date(startMs).toISOString().slice(0, 10);
    return { day, healthyMs: within("healthy"), unhealthyMs: within("unhealthy") };
  });
  const healthy = days.reduce((sum, { healthyMs }) => sum + healthyMs, 0);
  const known = days.reduce((sum, { unhealthyMs }) => sum + unhealthyMs, healthy);
  const first = spans.filter(({ state }) => state !== "unknown").map(({ startedAt }) => startedAt.getTime());
  const oldest = today - (UPTIME_DAYS - 1) * DAY_MS;
  const knownSince = known === 0 ? null : new Date(Math.max(oldest, Math.min(...first))).toISOString();
  return { share: known === 0 ? null : healthy / known, knownSince, days };
}

function overlap({ startedAt, endedAt }: Span, fromMs: number, toMs: number): number {
  return Math.max(0, Math.min(endedAt.getTime(), toMs) - Math.max(startedAt.getTime(), fromMs));
}

function startOfDay(date: Date): number {
  return Math.floor(date.getTime() / DAY_MS) * DAY_MS;
}
