import { authorize } from "@/lib/contracts/authorize";
import type { Action } from "@/lib/contracts/permission";
import { DeploymentSpec, DriverKind } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import type { Driver, Place, ServicePlace } from "@/lib/drivers/driver";
import { driverOf } from "@/lib/drivers/registry";
import { closePlace, isReachableFromHere, type PlacedTarget, placeOf } from "@/lib/targets/place";
import { findServiceRow, type ServiceRow } from "./service-store";

/** What serves now: by the driver, port and health path it was deployed with, which may have been changed since. */
export interface RunningService {
  driver: Driver<unknown, Place>;
  port: number;
  healthPath: string;
  requestTimeoutMs: number;
  domain: string | null;
  settings: unknown;
  target: PlacedTarget;
}

export async function findRunningService(
  name: string,
  action: Action,
  actor: Actor,
): Promise<{ name: string; running: RunningService }> {
  const service = authorize(actor, action, await findServiceRow(name));
  return { name: service.name, running: toRunning(service) };
}

function toRunning({ serving, draft, target }: ServiceRow): RunningService {
  const { port, healthPath, health, domain, settings } = serving ? DeploymentSpec.parse(serving.spec) : draft;
  const kind = DriverKind.parse(serving?.driver ?? draft.driver);
  const { requestTimeoutMs } = health;
  return { driver: driverOf(kind), port, healthPath, requestTimeoutMs, domain, settings, target };
}

/** Gives `work` the service's place for as long as it takes; null where this process cannot reach the host. */
export async function atServicePlace<T>(
  name: string,
  target: PlacedTarget,
  work: (place: ServicePlace<Place>) => Promise<T>,
): Promise<T | null> {
  if (!(await isReachableFromHere(target))) return null;
  const place = await placeOf(target);
  try {
    return await work({ ...place, serviceName: name });
  } finally {
    await closePlace(place);
  }
}
