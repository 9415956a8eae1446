import { Agent } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import { engineProblem } from "./engine-problem";

export const ENGINE_SOCKET = "/var/run/docker.sock";

/** For a call that was given no signal of its own and is not a stream. */
const ANSWER_MS = 60_000;
/** A daemon that is being restarted is gone for some seconds; what it interrupted then goes on. */
const PATIENCE_MS = 30_000;
const KNOCK_EVERY_MS = 250;
const TRIES = 3;

/** The parts of docker-modem's requests that matter here. */
interface EngineRequest {
  abortSignal?: AbortSignal | undefined;
  isStream?: boolean;
  hijack?: boolean;
  file?: unknown;
}
interface Modem {
  agent: Agent;
  dial(request: EngineRequest, answer: (error: Error | null, data: unknown) => void): void;
}

/**
 * The Docker daemon of a host, asked over connections that the host opens. Calls reject with `engine-refused` (its
 * HTTP status in the params), `engine-unreachable`, what the host rejects with, or the reason of an aborted signal.
 * A daemon that does not listen is knocked at for `patienceMs`. The library is loaded here: most hosts of most consoles
 * never need it, and it is large.
 */
export async function openEngine(host: Host, { patienceMs = PATIENCE_MS } = {}): Promise<Docker> {
  const { default: Engine } = await import("dockerode");
  const options = {
    // Explicit, because the library would read DOCKER_HOST and its like from Landfall's own environment.
    host: undefined,
    protocol: "http" as const,
    socketPath: ENGINE_SOCKET,
    timeout: undefined,
  };
  const engine = new Engine(options);
  connectThrough(engine.modem as unknown as Modem, (signal) => connect(host, patienceMs, signal));
  return engine;
}

/** The same id is the same daemon, whichever way it was reached. */
export async function engineId(engine: Docker): Promise<string> {
  return ((await engine.info()) as { ID: string }).ID;
}

export interface ImageStore {
  /** Docker's own folder on its host, where it also unpacks. */
  path: string;
  /** Images are with containerd, in a folder that Docker does not tell. */
  isContainerd: boolean;
}

export async function imageStore(engine: Docker): Promise<ImageStore> {
  const info = (await engine.info()) as { DockerRootDir: string; DriverStatus?: [string, string][] | null };
  const isContainerd = (info.DriverStatus ?? []).some(([name]) => name === "driver-type");
  return { path: info.DockerRootDir, isContainerd };
}

function connectThrough(modem: Modem, open: (signal: AbortSignal | undefined) => Promise<Duplex>): void {
  const dial = modem.dial;
  const ask = async (request: EngineRequest, signal: AbortSignal | undefined): Promise<unknown> => {
    const connection = await open(signal);
    const agent = Object.assign(new Agent(), { createConnection: () => connection as Socket });
    const once: Modem = Object.create(modem, { agent: { value: agent } });
    return new Promise((resolve, reject) => {
      dial.call(once, { ...request, abortSignal: signal }, (error, data) => (error ? reject(error) : resolve(data)));
    });
  };
  modem.dial = (request, answer) => {
    askAgain(request, ask).then(
      (data) => answer(null, data),
      (error) => answer(error, null),
    );
  };
}

/** A connection that broke is no answer: what can be sent again is. */
async function askAgain(
  request: EngineRequest,
  ask: (request: EngineRequest, signal: AbortSignal | undefined) => Promise<unknown>,
): Promise<unknown> {
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

async function connect(host: Host, patienceMs: number, signal: AbortSignal | undefined): Promise<Duplex> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await host.connect({ socketPath: ENGINE_SOCKET }, signal);
    } catch (error) {
      const mayCome = !(error instanceof Problem) && (error as NodeJS.ErrnoException).code !== "EACCES";
      if (!mayCome || signal?.aborted || performance.now() > deadline) throw error;
    }
    await sleep(KNOCK_EVERY_MS, undefined, { signal });
  }
}
