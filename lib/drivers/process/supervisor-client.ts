import { join } from "node:path";
import { Problem, type ProblemCode } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import type { CutShort } from "../cut-short";
import type { HostPlace, ServicePlace } from "../driver";
import { exchange } from "../http-exchange";
import {
  ADDRESS_FILE,
  type ControlError,
  type ControlErrorCode,
  type ReleaseSpec,
  type ServiceStatus,
  STATE_FILE,
  type StopAnswer,
  type SupervisorAddress,
  type SupervisorState,
  type SupervisorStatus,
} from "./supervisor/protocol";

const TIMEOUT_MS = 10_000;
/** The time a stop may take after draining: the grace period, then KILL. */
const STOP_MS = 30_000;

interface CallOptions {
  body?: unknown;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Talks to the supervisor of a base directory. One short request per call; nothing is kept open. */
export class SupervisorClient {
  /** The version of the running supervisor, which may be older than this Landfall's. */
  readonly version: string;
  /** See SupervisorAddress. */
  readonly cages: boolean;
  /** See SupervisorAddress. */
  readonly keepsAssets: boolean;
  /** See SupervisorAddress. */
  readonly runsWorkers: boolean;
  readonly #host: Host;
  readonly #socketPath: string;

  constructor(host: Host, address: Omit<SupervisorAddress, "pid">) {
    this.#host = host;
    this.#socketPath = address.socket;
    this.version = address.version;
    this.cages = address.cages === true;
    this.keepsAssets = address.keepsAssets === true;
    this.runsWorkers = address.runsWorkers === true;
  }

  async status(): Promise<SupervisorStatus> {
    return (await this.#call("GET", "/status")) as SupervisorStatus;
  }

  /** Null for an unknown service. */
  async service(name: string): Promise<ServiceStatus | null> {
    const { services } = await this.status();
    return serviceAmong(services, { serviceName: name }) ?? null;
  }

  async startRelease(name: string, id: string, spec: ReleaseSpec): Promise<ServiceStatus> {
    return (await this.#call("PUT", `/services/${name}/releases/${id}`, {
      body: spec,
      timeoutMs: STOP_MS,
    })) as ServiceStatus;
  }

  async switchTo(name: string, releaseId: string | null, evenIfDown = false): Promise<void> {
    await this.#call("POST", `/services/${name}/switch`, { body: { releaseId, evenIfDown } });
  }

  /**
   * Answers the requests that did not end in time. Aborting ends the wait, not the stop. With `evenIfServing` the live
   * release is stopped too: it stays the live one, and the public port answers 503.
   */
  stopRelease(
    name: string,
    id: string,
    drainMs: number,
    {
      signal,
      evenIfServing = false,
      graceMs,
    }: { signal?: AbortSignal; evenIfServing?: boolean; graceMs?: number } = {},
  ): Promise<CutShort[]> {
    const grace = graceMs === undefined ? "" : `&graceMs=${graceMs}`;
    const path = `/services/${name}/releases/${id}?drainMs=${drainMs}${grace}${evenIfServing ? "&evenIfServing=1" : ""}`;
    return this.#stop(path, drainMs + (graceMs ?? 0), signal);
  }

  /** A worker is started again from now on when it ends. */
  async keep(name: string, id: string): Promise<void> {
    await this.#call("POST", `/services/${name}/releases/${id}/keep`);
  }

  removeService(name: string, drainMs: number): Promise<CutShort[]> {
    return this.#stop(`/services/${name}?drainMs=${drainMs}`, drainMs);
  }

  async #stop(path: string, leastMs: number, signal?: AbortSignal): Promise<CutShort[]> {
    const { cut = [] } = (await this.#call("DELETE", path, { timeoutMs: leastMs + STOP_MS, signal })) as StopAnswer;
    return cut;
  }

  async output(name: string, id: string): Promise<string[]> {
    return (await this.#call("GET", `/services/${name}/releases/${id}/output`)) as string[];
  }

  /** Its services come back with the next supervisor. */
  async shutDown(): Promise<void> {
    await this.#call("POST", "/shutdown", { timeoutMs: STOP_MS });
  }

  async #call(method: string, path: string, options: CallOptions = {}): Promise<unknown> {
    const { body, timeoutMs = TIMEOUT_MS, signal } = options;
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) };
    const to = { socketPath: this.#socketPath };
    const asked = exchange(this.#host, to, { method, path, headers, body: text, timeoutMs, signal });
    const answer = await asked.catch((cause: Error) => {
      signal?.throwIfAborted();
      throw new Problem("host-unreachable", { detail: `the supervisor does not answer: ${cause.message}`, cause });
    });
    const value: unknown = JSON.parse(answer.body);
    if (answer.status === 200) return value;
    throw refusal(value as ControlError);
  }
}

const PROBLEM_OF: Record<ControlErrorCode, ProblemCode> = {
  unknown: "service-not-running",
  serving: "start-failed",
  "not-running": "switch-failed",
  "port-in-use": "port-in-use",
  "cannot-start": "start-failed",
  invalid: "start-failed",
};

function refusal({ error, message }: ControlError): Problem {
  return new Problem(PROBLEM_OF[error] ?? "start-failed", { detail: message });
}

/** The supervisor that answers now, or null. */
export async function findSupervisor(place: HostPlace): Promise<SupervisorClient | null> {
  return (await askSupervisor(place))?.supervisor ?? null;
}

/** The supervisor that answers now with its services, or null. */
export async function askSupervisor({
  host,
  base,
}: HostPlace): Promise<{ supervisor: SupervisorClient; services: ServiceStatus[] } | null> {
  const address = await readAddress(host, base);
  if (!address) return null;
  const supervisor = new SupervisorClient(host, address);
  try {
    const { services } = await supervisor.status();
    return { supervisor, services };
  } catch {
    // No socket, no process behind it, or a process that hangs: no supervisor is usable.
    return null;
  }
}

export function serviceAmong<S extends { name: string }>(
  services: readonly S[],
  { serviceName }: Pick<ServicePlace, "serviceName">,
): S | undefined {
  return services.find(({ name }) => name === serviceName);
}

async function readAddress(host: Host, base: string): Promise<SupervisorAddress | null> {
  const file = join(base, ADDRESS_FILE);
  if ((await host.stat(file)) === null) return null;
  return JSON.parse((await host.readFile(file)).toString("utf8")) as SupervisorAddress;
}

/** The supervisor's state file, for when no supervisor answers. */
export async function readSupervisorState({ host, base }: HostPlace): Promise<SupervisorState> {
  const file = join(base, STATE_FILE);
  if ((await host.stat(file)) === null) return { services: [] };
  return JSON.parse((await host.readFile(file)).toString("utf8")) as SupervisorState;
}
