/** The default registry, and the default namespace of an unqualified name there. */
export const DEFAULT_IMAGE_HOST = "docker.io";
const OFFICIAL = "library/";
const DEFAULT_TAG = "latest";

/** Docker Hub has several host names, which share one set of credentials. */
const HUB_ALIASES = new Set(["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"]);

/** From Docker's reference grammar. Docker's limit for a repository includes the host. */
const LONGEST_NAME = 255;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)*[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?::[0-9]{1,5})?$/;
const IPV6_HOST = /^\[[0-9a-fA-F:]+\](?::[0-9]{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export interface ImageReference {
  /** `docker.io`, `ghcr.io`, `registry.example.com:5000`. */
  host: string;
  /** `library/nginx`, `acme/shop`. */
  repository: string;
  /** Null only when a digest identifies the image. */
  tag: string | null;
  digest: string | null;
}

/** Parses a reference as `docker pull` does: `nginx` is `docker.io/library/nginx:latest`. Null when invalid. */
export function parseImageReference(text: string): ImageReference | null {
  const [named = "", digest, ...more] = text.split("@");
  if (more.length > 0 || (digest !== undefined && !DIGEST.test(digest))) return null;
  const { name, tag } = splitTag(named);
  if (tag !== undefined && !TAG.test(tag)) return null;
  const { host, repository } = splitHost(name);
  if (!isImageHost(host) || !REPOSITORY.test(repository) || name.length > LONGEST_NAME) return null;
  // Docker treats these as the id of a local image.
  if (/^[0-9a-f]{64}$/.test(named)) return null;
  const known = imageHostOf(host);
  return {
    host: known,
    repository: known === DEFAULT_IMAGE_HOST && !repository.includes("/") ? OFFICIAL + repository : repository,
    tag: tag ?? (digest === undefined ? DEFAULT_TAG : null),
    digest: digest ?? null,
  };
}

/** The complete reference, without defaults. */
export function formatImageReference({ host, repository, tag, digest }: ImageReference): string {
  return `${host}/${repository}${tag === null ? "" : `:${tag}`}${digest === null ? "" : `@${digest}`}`;
}

export function isImageReference(text: string): boolean {
  return parseImageReference(text) !== null;
}

/** A registry's host with an optional port, which is also the key of its credentials. */
export function isImageHost(host: string): boolean {
  return host.length <= LONGEST_NAME && (HOST.test(host) || IPV6_HOST.test(host));
}

/** The canonical host name of a registry. */
export function imageHostOf(host: string): string {
  const lower = host.toLowerCase();
  return HUB_ALIASES.has(lower) ? DEFAULT_IMAGE_HOST : lower;
}

/** A colon after the last slash starts a tag; an earlier colon starts a port. */
function splitTag(named: string): { name: string; tag: string | undefined } {
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  return colon < 0 ? { name: named, tag: undefined } : { name: named.slice(0, colon), tag: named.slice(colon + 1) };
}

/** The first part is a host only when it cannot be part of a repository's name. */
function splitHost(name: string): { host: string; repository: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, slash);
  const isHost = slash > 0 && (/[.:A-Z]/.test(first) || first === "localhost");
  return isHost ? { host: first, repository: name.slice(slash + 1) } : { host: DEFAULT_IMAGE_HOST, repository: name };
}
