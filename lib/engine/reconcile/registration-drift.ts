import { Problem, type ProblemData } from "@/lib/contracts/problem";
import type { HostPlace } from "@/lib/drivers/driver";
import { announcementOf } from "@/lib/drivers/phases/register";
import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { currentRegistry } from "@/lib/registry/current-registry";
import { toDifferences } from "@/lib/services/service-check";
import type { Found } from "./compare";
import type { WantedService } from "./service-check-store";

/** The Registry is checked less often than the host. */
const ASK_EVERY_MS = 5 * 60_000;
const ASK_TIMEOUT_MS = 10_000;

export interface RegistrationCheck {
  differences: Found[];
  /** When the Registry was last checked. */
  at: Date | null;
  restored: boolean;
  problem: ProblemData | null;
}

/** The result for a service that is not announced or not live. */
export const NO_REGISTRATION: RegistrationCheck = { differences: [], at: null, restored: false, problem: null };

/**
 * Checks whether the service is announced with its address. A lost registration is announced again. An address that
 * someone changed is only reported.
 */
export async function checkRegistration(
  place: HostPlace,
  service: WantedService,
  { now, isAsked, signal }: { now: Date; isAsked: boolean; signal: AbortSignal },
): Promise<RegistrationCheck> {
  const { before, name, release } = service;
  const registry = currentRegistry();
  // The outbox (lib/registry) delivers a pending announcement.
  if (!release.spec.autoRegister || (await isOwed(registry.address, name))) return NO_REGISTRATION;
  const kept = { ...NO_REGISTRATION, differences: registrationDifferences(before), at: before?.registryAt ?? null };
  if (!isAsked && kept.at !== null && now.getTime() - kept.at.getTime() < ASK_EVERY_MS) return kept;
  const patience = { tries: 1, signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]) };
  const announcement = announcementOf({ ...place, serviceName: name, ...release, release }, release.deployedAt);
  try {
    const found = await registry.addressOf(service.id, name, patience);
    if (found === announcement.endpoint) return { ...NO_REGISTRATION, at: now };
    if (found !== null) return { ...NO_REGISTRATION, at: now, differences: [changed(found, announcement.endpoint)] };
  } catch (error) {
    log.debug({ err: error, registry: registry.address }, "the Registry could not be asked; it is asked again later");
    return kept;
  }
  try {
    await registry.announce(service.id, announcement, patience);
    return { ...NO_REGISTRATION, at: now, restored: true };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return {
      ...NO_REGISTRATION,
      at: now,
      differences: [{ code: "registration-lost", params: {} }],
      problem: error.toData(),
    };
  }
}

function changed(found: string, wanted: string): Found {
  return { code: "registration-changed", params: { found, wanted } };
}

function registrationDifferences(before: WantedService["before"]): Found[] {
  if (!before) return [];
  return toDifferences(before)
    .filter(({ code }) => code.startsWith("registration-"))
    .map(({ code, params }) => ({ code, params }));
}

async function isOwed(registry: string, name: string): Promise<boolean> {
  return (await db.registration.count({ where: { registry, name, pendingSince: { not: null } } })) > 0;
}
