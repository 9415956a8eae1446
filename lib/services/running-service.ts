import { authorize } from "@/lib/contracts/authorize";
import type { Action } from "@/lib/contracts/permission";
import { DeploymentSpec, DriverKind } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import type { Driver, Place, ServicePlace } from "@/lib/drivers/driver";
import { driverOf } from "@/lib/drivers/registry";
import { closePlace, isReachableFromHere, type PlacedTarget, placeOf } from "@/lib/targets/place";
import { findJournalStart } from "./kept-volumes";
import { findServiceRow, type ServiceRow } from "./service-store";

/** What serves now: by the driver, port and health path it was deployed with, which may have been changed since. */
export interface RunningService {
  serviceId: string;
  driver: Driver<unknown, Place>;
  port: number;
  healthPath: string;
  requestTimeoutMs: number;
  domain: string | null;
  settings: unknown;
  target: PlacedTarget;
  /** What the host says of it before this is another person's; null when the name was always this owner's there. */
  journalStart: Date | null;
}

export async function findRunningService(
  name: string,
  action: Action,
  actor: Actor,
): Promise<{ name: string; ownerId: string; isLive: boolean; running: RunningService }> {
  const service = authorize(actor, action, await findServiceRow(name));
  const journalStart = await findJournalStart(service);
  const { ownerId, serving } = service;
  return { name: service.name, ownerId, isLive: serving !== null, running: { ...toRunning(service), journalStart } };
}

function toRunning({ id: serviceId, serving, draft, target }: ServiceRow): Omit<RunningService, "journalStart"> {
  const { port, healthPath, health, domain, settings } = serving ? DeploymentSpec.parse(serving.spec) : draft;
  const kind = DriverKind.parse(serving?.driver ?? draft.driver);
  const { requestTimeoutMs } = health;
  return { serviceId, driver: driverOf(kind), port, healthPath, requestTimeoutMs, domain, settings, target };
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
