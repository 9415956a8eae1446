import type { HostPlace, ServicePlace } from "../driver";
import { baseId } from "../release-layout";

/** What everything of ours in an engine is called and labelled: by the labels it is found again, and told from others'. */

export const LABELS = {
  base: "landfall.base",
  service: "landfall.service",
  release: "landfall.release",
  deployment: "landfall.deployment",
  /** Of a container: where it is bound, and on which port it listens inside. */
  binding: "landfall.binding",
  port: "landfall.port",
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

/** As the engine filters: every one of them must be there. */
export function withLabels(labels: Record<string, string>): { label: string[] } {
  return { label: Object.entries(labels).map(([name, value]) => `${name}=${value}`) };
}

export function containerName({ serviceName }: Pick<ServicePlace, "serviceName">, releaseId: string): string {
  return `landfall-${serviceName}-${shortId(releaseId)}`;
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
 * By this name an image that was built is found again, and known as ours. A label would do as well, but the builder that
 * is still the default of many hosts makes a step of each, which takes longer than all of a small build.
 */
export function ownImage(place: Pick<ServicePlace, "base" | "serviceName">, releaseId: string): string {
  return `${ownImages(place)}:${shortId(releaseId)}`;
}

/** A stage of the build of that image: by this name it goes with it. */
export function ownStage(own: string, number: number): string {
  return `${own}-stage-${number}`;
}

/** The own name of the image that a stage was built for. Null for what is no stage, also of a service called `my-stage-1`. */
export function ownImageOfStage(name: string): string | null {
  return /^(.+:\w+)-stage-\d+$/.exec(name)?.[1] ?? null;
}

/** Those of a service, or of the whole base directory: a pattern for them. */
export function ownImages(place: Pick<HostPlace, "base"> & { serviceName?: string }): string {
  return `landfall-${baseId(place)}/${place.serviceName ?? "*"}`;
}

/** All that an image is called because of this own name of it. What people called it besides is theirs. */
export function namesBeside(own: string, repoTags: readonly string[]): string[] {
  const readable = own.slice(own.indexOf("/") + 1);
  return repoTags.filter((name) => name === own || name.startsWith(`${readable}-`));
}

/** A host name that nobody asks for. The containers in which an image is built know it, and are known by it. */
export function buildMark(releaseId: string): string {
  return `landfall-build-${shortId(releaseId)}`;
}

/** The end of an id: ids that are made together begin alike. */
function shortId(releaseId: string): string {
  return releaseId.slice(-12);
}
