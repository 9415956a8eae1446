import type { HealthProbe } from "@/lib/contracts/health-check";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import type { Place, ServicePlace } from "@/lib/drivers/driver";
import { probe } from "@/lib/drivers/probe";
import { isHostPlace } from "@/lib/targets/place";
import { atServicePlace, findRunningService, type RunningService } from "./running-service";

/** "Test this check now": the running service's health path, asked once through its public port. No answer is a result. */
export async function checkServiceHealth(serviceName: string, actor: Actor): Promise<HealthProbe> {
  const { name, running } = await findRunningService(serviceName, "service:read", actor);
  const result = await atServicePlace(name, running.target, (place) => askOnce(place, running));
  if (!result) throw new Problem("host-unreachable", { params: { target: running.target.name } });
  return result;
}

async function askOnce(
  place: ServicePlace<Place>,
  { port, healthPath: path, requestTimeoutMs }: RunningService,
): Promise<HealthProbe> {
  if (!isHostPlace(place)) throw new Problem("host-unreachable");
  const at = new Date().toISOString();
  const signal = new AbortController().signal;
  const { ok, status, ms, body, error } = await probe(place.host, {
    address: { port },
    path,
    timeoutMs: requestTimeoutMs,
    signal,
  });
  const durationMs = Math.round(ms * 10) / 10;
  return { at, port, path, ok, status, durationMs, bodyStart: status === null ? null : body, error };
}
