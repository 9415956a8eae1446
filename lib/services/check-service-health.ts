import type { HealthProbe } from "@/lib/contracts/health-check";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { askStack } from "@/lib/drivers/dokploy/ask-stack";
import { stackAddress } from "@/lib/drivers/dokploy/stack-address";
import type { DokployPlace, HostPlace, Place, ServicePlace } from "@/lib/drivers/driver";
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

async function askOnce(place: ServicePlace<Place>, running: RunningService): Promise<HealthProbe> {
  const at = new Date().toISOString();
  const { ok, status, ms, body, error, port, path } = await (isHostPlace(place)
    ? askHost(place, running)
    : askThroughProxy(place, running));
  const durationMs = Math.round(ms * 10) / 10;
  return { at, port, path, ok, status, durationMs, bodyStart: status === null ? null : body, error };
}

async function askHost({ host }: HostPlace, { port, healthPath: path, requestTimeoutMs: timeoutMs }: RunningService) {
  return { ...(await probe(host, { address: { port }, path, timeoutMs, signal: never() })), port, path };
}

/** What runs on a platform is reached at its address only. */
async function askThroughProxy({ ways }: DokployPlace, running: RunningService) {
  const address = stackAddress(running, ways);
  const { healthPath: path, requestTimeoutMs: timeoutMs } = running;
  return { ...(await askStack({ address, path, timeoutMs, signal: never() })), port: address.port, path };
}

const never = () => new AbortController().signal;
