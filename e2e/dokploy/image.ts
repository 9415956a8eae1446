/**
 * What an image name makes of its container. A word at the end of the tag makes it misbehave: `app:crash`, `app:2.0-slow`,
 * and with a time of one's own `app:slow-800ms`.
 */
export interface Behaviour {
  /** Cannot be pulled. */
  isMissing: boolean;
  /** How long the pull takes beyond the usual. */
  slowMs: number;
  /** Ends with code 3 so long after its start; null: stays. */
  exitAfterMs: number | null;
  /** `/health` and `/` answer 500. */
  isUnhealthy: boolean;
  /** The port opens so long after the start. */
  listenAfterMs: number;
  /** Ignores SIGTERM, so that its task is to be shut down and runs for some seconds more. */
  isStubborn: boolean;
  /** The only port it listens on; null: whatever the domain says. */
  port: number | null;
}

const WORD = /(?:^|-)(crash-later|crash|unhealthy|missing|slow|late|stubborn|port)(?:-(\d+)(?:ms)?)?$/;
const USUAL_MS: Readonly<Record<string, number>> = { "crash-later": 3_000, slow: 5_000, late: 3_000 };

export function behaviourOf(image: string): Behaviour {
  const [, word = "", number] = WORD.exec(readImage(image).tag) ?? [];
  const amount = number === undefined ? (USUAL_MS[word] ?? 0) : Number(number);
  return {
    isMissing: word === "missing",
    slowMs: word === "slow" ? amount : 0,
    exitAfterMs: word.startsWith("crash") ? amount : null,
    isUnhealthy: word === "unhealthy",
    listenAfterMs: word === "late" ? amount : 0,
    isStubborn: word === "stubborn",
    port: word === "port" ? amount : null,
  };
}

/** `registry` is the host of the reference, "docker.io" when it has none. */
export function readImage(reference: string): { registry: string; repository: string; tag: string } {
  const [path = ""] = reference.split("@");
  const [first = "", ...rest] = path.split("/");
  const hasHost = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const [repository = "", tag = "latest"] = (hasHost ? rest.join("/") : path).split(":");
  return { registry: hasHost ? first : "docker.io", repository, tag };
}

/** A registry the server can reach; those that are not listed have every image and let everybody in. */
export interface KnownRegistry {
  login?: { username: string; password: string };
  /** `repository:tag` and what it does; anything else is missing there. */
  images?: Readonly<Record<string, Partial<Behaviour>>>;
}
export type KnownRegistries = Readonly<Record<string, KnownRegistry>>;

export function behaviourIn(registries: KnownRegistries, image: string): Behaviour {
  const { registry, repository, tag } = readImage(image);
  const images = registries[registry]?.images;
  if (!images) return behaviourOf(image);
  const known = images[`${repository}:${tag}`];
  return { ...behaviourOf(image), ...(known ?? { isMissing: true }) };
}

/** What `docker login` says, or undefined when it is let in. */
export function loginFailure(
  registries: KnownRegistries,
  { registryUrl, username, password }: { registryUrl: string; username: string; password: string },
): string | undefined {
  const login = registries[registryUrl]?.login;
  if (!login || (login.username === username && login.password === password)) return undefined;
  return `Error response from daemon: login attempt to http://${registryUrl}/v2/ failed with status: 401 Unauthorized`;
}
