import { hash } from "node:crypto";
import { join, posix } from "node:path";
import type { HostPlace, ServicePlace } from "./driver";
import type { CommandName } from "./runner";

/**
 * Where a host driver keeps a service. Landfall's files about a release are beside its directory and not in it, so that
 * a service can never publish, change or ship its own environment.
 */
export function serviceDirectory({ base, serviceName }: Pick<ServicePlace, "base" | "serviceName">): string {
  return join(base, serviceName);
}

export interface ReleaseLayout {
  directory: string;
  /** JSON: the entries that were sent. */
  manifest: string;
  /** The paths of the files after the build, each ended by NUL. It appears when the build was kept. */
  built: string;
  /** 0600. */
  environment: string;
}

export function releaseLayout(place: Pick<ServicePlace, "base" | "serviceName">, releaseId: string): ReleaseLayout {
  const service = serviceDirectory(place);
  return {
    directory: join(service, "releases", releaseId),
    manifest: join(service, "manifests", `${releaseId}.json`),
    built: join(service, "manifests", `${releaseId}.built`),
    environment: join(service, "environment", `${releaseId}.json`),
  };
}

/** The HOME of the service's commands. Each service has its own, with the caches of npm and pip. */
export function homeDirectory(place: Pick<ServicePlace, "base" | "serviceName">): string {
  return join(serviceDirectory(place), "home");
}

/** The path of a volume inside a release's directory: "/var/data/" is "var/data". */
export function pathInRelease(path: string): string {
  return posix.normalize(path).replace(/^\/+|\/+$/g, "");
}

/** Only Landfall may enter it. */
export function commandsDirectory(place: Pick<ServicePlace, "base" | "serviceName">): string {
  return join(serviceDirectory(place), "commands");
}

/** What a log has of the output of a command, and the limit of its file. */
export const COMMAND_OUTPUT_BYTES = 10 * 1024 * 1024;
export const OUTPUT_LEFT_OUT = "[landfall] more than 10 MB of output: the rest is left out";

/** The output of one of a release's own commands, until its end was read. A service has it open but cannot name it. */
export function commandOutput(
  place: Pick<ServicePlace, "base" | "serviceName">,
  releaseId: string,
  name: CommandName,
): string {
  return join(commandsDirectory(place), `${releaseId}-${name}.log`);
}

/**
 * What is left of earlier releases for open pages (lifecycle/old-assets.ts): the folder `files`, by the paths of the site.
 * Services cannot enter it, and the edge's container sees only this part of the base directory.
 */
export function oldAssetsDirectory({ base, serviceName }: Pick<ServicePlace, "base" | "serviceName">): string {
  return join(base, ".edge", "assets", serviceName);
}

/** Of the answer with such a file: nobody may keep it for longer than it stays. */
export const OLD_ASSET_HEADERS = {
  "cache-control": "public, max-age=86400",
  "x-content-type-options": "nosniff",
} as const;

export function outputLog(place: Pick<ServicePlace, "base" | "serviceName">): string {
  return join(serviceDirectory(place), "log", "output.log");
}

/** Distinguishes one base directory's units, containers and edge from another Landfall's on the same host. */
export function baseId({ base }: Pick<HostPlace, "base">): string {
  return hash("sha256", base).slice(0, 8);
}
