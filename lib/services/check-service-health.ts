import * as z from "zod";
import type { HealthProbe } from "@/lib/contracts/health-check";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { askStack } from "@/lib/drivers/dokploy/ask-stack";
import { stackAddress } from "@/lib/drivers/dokploy/stack-address";
import type { DokployPlace, HostPlace, Place, ServicePlace } from "@/lib/drivers/driver";
import { checkOwnAddress } from "@/lib/drivers/own-address";
import { probe } from "@/lib/drivers/probe";
import { isHostPlace } from "@/lib/targets/place";
import { atServicePlace, findRunningService, type RunningService } from "./running-service";
import { readServiceMask } from "./service-mask";

/**
 * "Test this check now": the live release's health path, asked once at its own public address. No answer is a result. What
 * it said is the owner's to read. Throws service-not-running where no release is live: then whatever answers at the port is
 * another's.
 */
export async function checkServiceHealth(serviceName: string, actor: Actor): Promise<HealthProbe> {
  const { name, ownerId, isLive, running } = await findRunningService(serviceName, "service:read", actor);
  if (!isLive) throw new Problem("service-not-running", { params: { name } });
  const result = await atServicePlace(name, running.target, (place) => askOnce(place, running));
  if (!result) throw new Problem("host-unreachable", { params: { target: running.target.name } });
  const mask = await readServiceMask(running.serviceId);
  const bodyStart = actor.id === ownerId ? result.bodyStart : null;
  return { ...result, bodyStart: bodyStart && mask(bodyStart), error: result.error && mask(result.error) };
}

async function askOnce(place: ServicePlace<Place>, running: RunningService): Promise<HealthProbe> {
  const at = new Date().toISOString();
  const { state } = await running.driver.state(place);
  if (state === "down" || state === "absent") throw new Problem("service-not-running");
  const { ok, status, ms, body, error, port, path } = await (isHostPlace(place)
    ? askHost(place, running)
    : askThroughProxy(place, running));
  const durationMs = Math.round(ms * 10) / 10;
  return { at, port, path, ok, status, durationMs, bodyStart: status === null ? null : body, error };
}

const Bound = z.object({ bindAddress: z.string().optional() });

async function askHost({ host }: HostPlace, running: RunningService) {
  const { port, healthPath: path, requestTimeoutMs: timeoutMs, settings } = running;
  const { bindAddress } = Bound.catch({}).parse(settings);
  // The host has lost it since it was deployed: whatever answers there is another's.
  await checkOwnAddress(host, bindAddress, never());
  const address = { port, ...(bindAddress !== undefined && { host: bindAddress }) };
  return { ...(await probe(host, { address, path, timeoutMs, signal: never() })), port, path };
}

/** What runs on a platform is reached at its address only. */
async function askThroughProxy({ ways }: DokployPlace, running: RunningService) {
  const address = stackAddress(running, ways);
  const { healthPath: path, requestTimeoutMs: timeoutMs } = running;
  return { ...(await askStack({ address, path, timeoutMs, signal: never() })), port: address.port, path };
}

const never = () => new AbortController().signal;
