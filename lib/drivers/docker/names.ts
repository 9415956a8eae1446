import type { HostPlace, ServicePlace } from "../driver";
import { baseId } from "../release-layout";
import type { CommandName } from "../runner";

const UUID_LENGTH = 36;

/** Names and labels of everything that Landfall creates in Docker. Labels distinguish it from others' resources. */

export const LABELS = {
  base: "landfall.base",
  service: "landfall.service",
  release: "landfall.release",
  deployment: "landfall.deployment",
  /** Of a container: the address it is published on, and the port inside. */
  binding: "landfall.binding",
  port: "landfall.port",
  /** Of the container of one of a service's own commands: its name. */
  command: "landfall.command",
  /** Of the container of a worker: its process type, and which copy of it it is. */
  process: "landfall.process",
  copy: "landfall.copy",
} as const;

export function baseLabels(place: Pick<HostPlace, "base">): Record<string, string> {
  return { [LABELS.base]: baseId(place) };
}

export function serviceLabels(place: Pick<ServicePlace, "base" | "serviceName">): Record<string, string> {
  return { ...baseLabels(place), [LABELS.service]: place.serviceName };
}

export function releaseLabels(
  place: Pick<ServicePlace, "base" | "serviceName">,
  releaseId: string,
): Record<string, string> {
  return { ...serviceLabels(place), [LABELS.release]: releaseId };
}

/** A filter for the Engine API: all of the labels must match. */
export function withLabels(labels: Record<string, string>): { label: string[] } {
  return { label: Object.entries(labels).map(([name, value]) => `${name}=${value}`) };
}

/** `id` is a `processId`. */
export function containerName({ serviceName }: Pick<ServicePlace, "serviceName">, id: string): string {
  return `landfall-${serviceName}-${shortId(id.slice(0, UUID_LENGTH))}${id.slice(UUID_LENGTH)}`;
}

export function commandContainerName(
  place: Pick<ServicePlace, "serviceName">,
  releaseId: string,
  name: CommandName,
): string {
  return `${containerName(place, releaseId)}-${name}`;
}

export function volumeName({ serviceName }: Pick<ServicePlace, "serviceName">, name: string): string {
  return `${serviceName}-${name}`;
}

export function networkName(place: Pick<HostPlace, "base">): string {
  return `landfall-${baseId(place)}`;
}

/** For people: `<service>:<release>-<time>`, the time in UTC to the second. */
export function imageTag({ serviceName }: Pick<ServicePlace, "serviceName">, releaseId: string, now: Date): string {
  return `${serviceName}:${shortId(releaseId)}-${now.toISOString().slice(0, 19).replace(/\D/g, "")}`;
}

/**
 * The name by which a built image is found again and known as ours. A label would do too, but the older builder, still the
 * default of many hosts, adds a step for each label, which takes longer than a small build.
 */
export function ownImage(place: Pick<ServicePlace, "base" | "serviceName">, releaseId: string): string {
  return `${ownImages(place)}:${shortId(releaseId)}`;
}

/** The name of a stage of that image's build; the stage is removed with the image. */
export function ownStage(own: string, number: number): string {
  return `${own}-stage-${number}`;
}

/** The image that a stage was built for. Null for any other image, also of a service with a name like `my-stage-1`. */
export function ownImageOfStage(name: string): string | null {
  return /^(.+:\w+)-stage-\d+$/.exec(name)?.[1] ?? null;
}

/** A pattern for the images of a service, or of all services of the base directory. */
export function ownImages(place: Pick<HostPlace, "base"> & { serviceName?: string }): string {
  return `landfall-${baseId(place)}/${place.serviceName ?? "*"}`;
}

/** The names that Landfall gave an image together with this one. Names that people added are left alone. */
export function namesBeside(own: string, repoTags: readonly string[]): string[] {
  const readable = own.slice(own.indexOf("/") + 1);
  return repoTags.filter((name) => name === own || name.startsWith(`${readable}-`));
}

/** A host name that nothing resolves. The containers of a build have it as an extra host, and are found by it. */
export function buildMark(releaseId: string): string {
  return `landfall-build-${shortId(releaseId)}`;
}

/** The end of an id: ids that are created at the same time begin alike. */
function shortId(releaseId: string): string {
  return releaseId.slice(-12);
}
