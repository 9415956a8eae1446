import { hash } from "node:crypto";
import { join } from "node:path";
import type { ServicePlace } from "../driver";
import { baseId, serviceDirectory } from "../release-layout";
import { type CommandName, PROCESS_ID, processOf } from "../runner";

/**
 * Names and paths of a service's resources on a host. Every name identifies its base directory, so that two Landfalls on one
 * host never touch each other's.
 */
type Place = Pick<ServicePlace, "base" | "serviceName">;

/** `id` is a `processId`. */
export function unitName(place: Place, id: string): string {
  return `${journalName(place)}-${id}.service`;
}

/** The unit of a release's build, while it runs. */
export function buildUnitName(releaseId: string): string {
  return `landfall-build-${releaseId}.service`;
}

/** The unit of one of a service's own commands. Never the name of a release's unit, which ends with a release's id or a number. */
export function commandUnitName(place: Place, releaseId: string, name: CommandName): string {
  return `${journalName(place)}-${releaseId}-${name}.service`;
}

/** Matches those of a release, or of every release of the service, as a pattern of the shell. */
export function commandUnits(place: Place, releaseId = "????????-????-????-????-????????????"): string {
  return `${journalName(place)}-${releaseId}-*.service`;
}

/** Matches the units of a base directory, and maybe more, as a pattern of the shell. */
export function unitPattern({ base }: Pick<Place, "base">, serviceName = "*"): string {
  return `landfall-${serviceName}-${baseId({ base })}-*.service`;
}

/** Matches exactly the units of a service, as an expression of `grep -E`. */
export function unitExpression(place: Place): string {
  return `^${journalName(place)}-${PROCESS_ID}\\.service$`;
}

/** Null for a unit of another base directory or of another program. */
export function ownerOfUnit(
  { base }: Pick<Place, "base">,
  unit: string,
): ({ serviceName: string } & NonNullable<ReturnType<typeof processOf>>) | null {
  const { serviceName, id } =
    new RegExp(`^landfall-(?<serviceName>.+)-${baseId({ base })}-(?<id>${PROCESS_ID})\\.service$`).exec(unit)?.groups ??
    {};
  const found = id === undefined ? null : processOf(id);
  return serviceName && found ? { serviceName, ...found } : null;
}

/** Marks a service's lines in the journal, for all its releases. */
export function journalName(place: Place): string {
  return `landfall-${place.serviceName}-${baseId(place)}`;
}

/** Comes before the service's name in the comment of a service's own user. */
export const USER_COMMENT = "Landfall service ";

/** The service's own user; a user's name has at most 32 characters. */
export function ownUser({ base, serviceName }: Place): string {
  const digest = hash("sha256", `${base}\0${serviceName}`).slice(0, 8);
  return `landfall-${serviceName.slice(0, 14)}-${digest}`;
}

/** In systemd's syntax, mode 0600, owned by root: systemd reads it before it becomes the service's user. */
export function environmentFileOf(place: Place, id: string): string {
  return join(serviceDirectory(place), "environment", `${id}.env`);
}

/** Kept when the service is removed. */
export function volumesDirectory(place: Place): string {
  return join(serviceDirectory(place), "volumes");
}
