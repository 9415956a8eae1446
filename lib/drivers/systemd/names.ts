import { hash } from "node:crypto";
import type { ServicePlace } from "../driver";
import { baseId } from "../release-layout";

/**
 * What things of a service are called on a host. Every name tells its base directory, so that two Landfalls on one host
 * never touch each other's.
 */
type Place = Pick<ServicePlace, "base" | "serviceName">;

const RELEASE = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

export function unitName(place: Place, releaseId: string): string {
  return `${journalName(place)}-${releaseId}.service`;
}

/** Of a release's build, while it lasts. */
export function buildUnitName(releaseId: string): string {
  return `landfall-build-${releaseId}.service`;
}

/** Which units those of a base directory are, and maybe more, as a shell's pattern. */
export function unitPattern({ base }: Pick<Place, "base">, serviceName = "*"): string {
  return `landfall-${serviceName}-${baseId({ base })}-*.service`;
}

/** Exactly the units of a service, as `grep -E` takes it. */
export function unitExpression(place: Place): string {
  return `^${journalName(place)}-${RELEASE}\\.service$`;
}

/** Null for a unit of another base directory, and for none of ours. */
export function ownerOfUnit(
  { base }: Pick<Place, "base">,
  unit: string,
): { serviceName: string; releaseId: string } | null {
  const [, serviceName, releaseId] =
    new RegExp(`^landfall-(.+)-${baseId({ base })}-(${RELEASE})\\.service$`).exec(unit) ?? [];
  return serviceName && releaseId ? { serviceName, releaseId } : null;
}

/** Marks a service's lines in the journal, whichever release wrote them. */
export function journalName(place: Place): string {
  return `landfall-${place.serviceName}-${baseId(place)}`;
}

/** Of every service's own user, before the service's name. */
export const USER_COMMENT = "Landfall service ";

/** The service's own user; a user's name has at most 32 characters. */
export function ownUser({ base, serviceName }: Place): string {
  const digest = hash("sha256", `${base}\0${serviceName}`).slice(0, 8);
  return `landfall-${serviceName.slice(0, 14)}-${digest}`;
}
