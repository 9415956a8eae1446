import { authorize } from "@/lib/contracts/authorize";
import { DriverKind } from "@/lib/contracts/service";
import { MINUTE_MS, type ServiceUsage, type UsageFigure } from "@/lib/contracts/usage";
import type { Actor } from "@/lib/contracts/user";
import { driverOf } from "@/lib/drivers/registry";
import { db } from "@/lib/platform/db/client";
import { findServiceRow } from "./service-store";

const HOUR_MS = 60 * MINUTE_MS;
/** A figure of this many minutes ago is shown as the latest one. */
const LATEST_MINUTES = 5;

/** CPU, memory and restarts of the last hours, minute by minute. Throws not-found. */
export async function readUsage(
  serviceName: string,
  { hours }: { hours: number },
  actor: Actor,
  now = new Date(),
): Promise<ServiceUsage> {
  const service = authorize(actor, "service:read", await findServiceRow(serviceName));
  const minute = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  const from = minute - (hours * 60 - 1) * MINUTE_MS;
  const [rows, told, deployments] = await Promise.all([
    hoursFrom(service.id, new Date(from)),
    figuresTold(service.id),
    db.deployment.findMany({
      where: {
        serviceId: service.id,
        state: "succeeded",
        kind: { not: "removal" },
        finishedAt: { gte: new Date(from) },
      },
      select: { number: true, finishedAt: true },
      orderBy: { finishedAt: "asc" },
    }),
  ]);
  const minutesOf = (column: Column) => inOrder(rows, column, { from, count: hours * 60 });
  const iso = (ms: number) => new Date(ms).toISOString();
  const cpu = minutesOf("cpu").map((millis) => (millis === null ? null : millis / 10));
  return {
    from: iso(from),
    cpu: figureOf(cpu, told.cpu),
    memory: figureOf(minutesOf("memory"), told.memory),
    restarts: minutesOf("restarts").flatMap((count, index) =>
      count === null ? [] : [{ at: iso(from + index * MINUTE_MS), count }],
    ),
    deployments: deployments.flatMap(({ number, finishedAt }) =>
      finishedAt ? [{ number, at: finishedAt.toISOString() }] : [],
    ),
  };
}

interface Hour {
  hour: Date;
  cpu: (number | null)[];
  memory: (number | null)[];
  restarts: (number | null)[];
}
type Column = Exclude<keyof Hour, "hour">;

/** As JSON: the driver's own lists hold no null. */
function hoursFrom(serviceId: string, from: Date): Promise<Hour[]> {
  return db.$queryRaw<Hour[]>`
    SELECT hour, to_jsonb(cpu_millis) AS cpu, to_jsonb(memory_bytes) AS memory, to_jsonb(restarts) AS restarts
    FROM service_usage WHERE service_id = ${serviceId}::uuid AND hour >= date_trunc('hour', ${from}::timestamptz)`;
}

/** The minutes of a column; null where no hour has one. */
function inOrder(
  hours: readonly Hour[],
  column: Column,
  { from, count }: { from: number; count: number },
): (number | null)[] {
  const byHour = new Map(hours.map((hour) => [hour.hour.getTime(), hour[column]]));
  return Array.from({ length: count }, (_, index) => {
    const at = from + index * MINUTE_MS;
    const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
    return byHour.get(hour)?.[(at - hour) / MINUTE_MS] ?? null;
  });
}

function figureOf(minutes: (number | null)[], isTold: boolean): UsageFigure {
  const known = minutes.filter((figure) => figure !== null);
  const latest = minutes.slice(-LATEST_MINUTES).findLast((figure) => figure !== null) ?? null;
  return { isTold, latest, max: known.length === 0 ? null : Math.max(...known), minutes };
}

/** What the newest look at the live release's host told. Of a release that does not run, what its driver can tell. */
async function figuresTold(serviceId: string): Promise<{ cpu: boolean; memory: boolean }> {
  const [row] = await db.$queryRaw<{ driver: string; cpu: boolean | null; memory: boolean | null }[]>`
    SELECT coalesce(release.driver, s.driver) AS driver,
      look.reading -> s.id::text -> 'cpuMs' <> 'null' AS cpu,
      look.reading -> s.id::text -> 'memoryBytes' <> 'null' AS memory
    FROM service AS s LEFT JOIN release ON release.id = s.current_release_id
      LEFT JOIN usage_look AS look ON look.target_id = s.target_id
    WHERE s.id = ${serviceId}::uuid`;
  const hasFigures = row !== undefined && driverOf(DriverKind.parse(row.driver)).upkeep !== undefined;
  return { cpu: hasFigures && row.cpu !== false, memory: hasFigures && row.memory !== false };
}
