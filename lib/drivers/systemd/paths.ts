import { join } from "node:path";
import type { ServicePlace } from "../driver";
import { serviceDirectory } from "../release-layout";

type Place = Pick<ServicePlace, "base" | "serviceName">;

/** In systemd's syntax, 0600 and root's: systemd reads it before it becomes the service's user. */
export function environmentFileOf(place: Place, releaseId: string): string {
  return join(serviceDirectory(place), "environment", `${releaseId}.env`);
}

/** Kept when the service is removed. */
export function volumesDirectory(place: Place): string {
  return join(serviceDirectory(place), "volumes");
}
