/**
 * The behaviour of a container, derived from its image name. A word at the end of the tag selects a fault: `app:crash`,
 * `app:2.0-slow`, and with an explicit time `app:slow-800ms`.
 */
export interface Behaviour {
  /** It cannot be pulled. */
  isMissing: boolean;
  /** The additional duration of the pull. */
  slowMs: number;
  /** Ends with code 3 this long after its start; null: keeps running. */
  exitAfterMs: number | null;
  /** `/health` and `/` answer 500. */
  isUnhealthy: boolean;
  /** The port opens this long after the start. */
  listenAfterMs: number;
  /** Ignores SIGTERM, so that its task is shut down but runs for some more seconds. */
  isStubborn: boolean;
  /** The only port it listens on; null: the port that the domain names. */
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

/** A registry that the server can reach; unlisted registries have every image and need no sign-in. */
export interface KnownRegistry {
  login?: { username: string; password: string };
  /** Behaviours by `repository:tag`; every other image is missing there. */
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

/** The error of `docker login`, or undefined when it succeeds. */
export function loginFailure(
  registries: KnownRegistries,
  { registryUrl, username, password }: { registryUrl: string; username: string; password: string },
): string | undefined {
  const login = registries[registryUrl]?.login;
  if (!login || (login.username === username && login.password === password)) return undefined;
  return `Error response from daemon: login attempt to http://${registryUrl}/v2/ failed with status: 401 Unauthorized`;
}
