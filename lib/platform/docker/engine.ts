import { AsyncLocalStorage } from "node:async_hooks";
import { Agent, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import { engineProblem } from "./engine-problem";

/** The only client of Docker's API: for the docker driver, the edge and Landfall's own installation. */

export const ENGINE_SOCKET = "/var/run/docker.sock";

/** The machine of the daemon. It opens the connections, because over SSH the socket can be reached in no other way. */
export interface EngineMachine {
  connect(to: { socketPath: string }, signal?: AbortSignal): Promise<Duplex>;
}

export interface EngineOptions {
  /** How long to retry while the daemon does not listen. */
  patienceMs?: number;
}

/** The timeout of a request that has no signal of its own and is not a stream. */
const ANSWER_MS = 60_000;
/** A restarting daemon is unavailable for some seconds. The interrupted request is then retried. */
const PATIENCE_MS = 30_000;
const RETRY_EVERY_MS = 250;
const TRIES = 3;

/** The parts of docker-modem's requests that are used here. */
interface EngineRequest {
  abortSignal?: AbortSignal | undefined;
  isStream?: boolean;
  hijack?: boolean;
  file?: unknown;
}
interface Modem {
  dial(request: EngineRequest, answer: (error: Error | null, data: unknown) => void): void;
}
type Ask = (request: EngineRequest, signal: AbortSignal | undefined) => Promise<unknown>;

/**
 * The Docker daemon of a machine. Calls reject with `engine-refused` (its HTTP status in the params),
 * `engine-unreachable`, the machine's own error, or the reason of an aborted signal. The library is imported lazily: it
 * takes 34 MB of memory, and most processes never need it.
 */
export async function openEngine(machine: EngineMachine, options: EngineOptions = {}): Promise<Docker> {
  const { default: Engine } = await import("dockerode");
  const settings = {
    // Explicit, because the library would read DOCKER_HOST and similar variables from Landfall's own environment.
    host: undefined,
    protocol: "http" as const,
    socketPath: ENGINE_SOCKET,
    timeout: undefined,
    agent: new EngineAgent(machine, options),
  };
  const engine = new Engine(settings);
  mapAnswers(engine.modem as unknown as Modem);
  return engine;
}

/** Two connections with the same id lead to the same daemon. */
export async function engineId(engine: Docker): Promise<string> {
  return ((await engine.info()) as { ID: string }).ID;
}

/** Opens one connection to the daemon. While none listens, it is retried for `patienceMs`. */
export async function connectToEngine(
  machine: EngineMachine,
  { patienceMs = PATIENCE_MS }: EngineOptions = {},
  signal?: AbortSignal,
): Promise<Duplex> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await machine.connect({ socketPath: ENGINE_SOCKET }, signal);
    } catch (error) {
      const mayRecover = !(error instanceof Problem) && (error as NodeJS.ErrnoException).code !== "EACCES";
      if (!mayRecover || signal?.aborted || performance.now() > deadline) throw error;
    }
    await sleep(RETRY_EVERY_MS, undefined, { signal });
  }
}

/** Node's HTTP client does not pass a request's signal to its agent, so an abort would wait for the connection. */
const signalOfRequest = new AsyncLocalStorage<AbortSignal | undefined>();

/** Opens one connection per request, and stops retrying when the request is aborted. */
class EngineAgent extends Agent {
  readonly #machine: EngineMachine;
  readonly #options: EngineOptions;

  constructor(machine: EngineMachine, options: EngineOptions) {
    super();
    this.#machine = machine;
    this.#options = options;
  }

  override createConnection(_: ClientRequestArgs, done: (error: Error | null, connection?: Duplex) => void): undefined {
    connectToEngine(this.#machine, this.#options, signalOfRequest.getStore()).then(
      (connection) => done(null, connection),
      (error: Error) => done(error),
    );
  }
}

/** Retries requests that a lost connection interrupted, and turns the library's errors into problems. */
function mapAnswers(modem: Modem): void {
  const dial = modem.dial.bind(modem);
  const ask: Ask = (request, signal) =>
    signalOfRequest.run(
      signal,
      () =>
        new Promise((resolve, reject) => {
          dial({ ...request, abortSignal: signal }, (error, data) => (error ? reject(error) : resolve(data)));
        }),
    );
  modem.dial = (request, answer) => {
    askWithRetry(request, ask).then(
      (data) => answer(null, data),
      (error) => answer(error, null),
    );
  };
}

/** A broken connection is no response. A stream may have been read in part already, so it is not retried. */
async function askWithRetry(request: EngineRequest, ask: Ask): Promise<unknown> {
  const isWhole = !request.isStream && !request.hijack && request.file === undefined;
  const signal = request.abortSignal ?? (isWhole ? AbortSignal.timeout(ANSWER_MS) : undefined);
  for (let triesLeft = isWhole ? TRIES : 1; ; ) {
    try {
      return await ask(request, signal);
    } catch (error) {
      if (signal?.aborted) throw reasonOf(signal);
      triesLeft -= 1;
      if (triesLeft === 0 || !isLost(error)) throw engineProblem(error);
    }
  }
}

function reasonOf({ reason }: AbortSignal): unknown {
  return reason instanceof DOMException && reason.name === "TimeoutError" ? engineProblem(reason) : reason;
}

function isLost(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ECONNRESET" || code === "EPIPE";
}
