import { join } from "node:path";

/** Landfall's own installations. Each has a folder on its server, a compose project and nothing in common with another. */
export const ENVIRONMENTS = ["staging", "production"] as const;
export type EnvironmentName = (typeof ENVIRONMENTS)[number];

const BASE = "/opt/landfall";
/** Of the newest releases, how many keep their image and their folder. */
export const RELEASES_KEPT = 3;

export interface Layout {
  directory: string;
  /** Of compose: containers, networks and volumes carry it. */
  project: string;
  /** Which image serves in which slot; every compose call is given it. */
  releaseFile: string;
  /** Looked at by Caddy for each request: there, green serves; else blue. */
  greenFile: string;
  /** A folder per release, named after its time, with the files it consisted of. */
  releases: string;
  /** Where an image lies between its arrival and its being loaded. */
  carried: string;
  lockFile: string;
}

export function layoutOf(environment: EnvironmentName): Layout {
  const directory = join(BASE, environment);
  return {
    directory,
    project: `landfall-${environment}`,
    releaseFile: join(directory, ".release.env"),
    greenFile: join(directory, "live", "green"),
    releases: join(directory, "releases"),
    carried: join(directory, "incoming"),
    lockFile: join(directory, ".lock"),
  };
}

/** The names of a release's files, the same in the clone and on the server. */
export function fileNames(environment: EnvironmentName) {
  return {
    compose: `docker-compose.${environment}.yml`,
    caddy: environment === "production" ? "Caddyfile" : `Caddyfile.${environment}`,
    environment: `.env.${environment}`,
  };
}
