import { createServer } from "node:http";
import type { Behaviour } from "./image";
import { imageProgram } from "./image-program";
import { close, listen } from "./listen";

export interface ContainerSpec {
  name: string;
  image: string;
  behaviour: Behaviour;
  environment: Record<string, string>;
  volumes: { name: string; path: string }[];
  hasHealthCheck: boolean;
  /** Does its name resolve to the containers themselves (`dnsrr`), or to a virtual IP of the swarm? */
  isDirect: boolean;
}
/** Files by their path. */
export type Volume = Map<string, Buffer>;

const HOST = "127.0.0.1";
/** Docker kills a container that ignores SIGTERM, in reality after ten seconds. */
const KILL_AFTER_MS = 2_000;
const CRASHED = 3;
const KILLED = 137;
const OUTPUT_CHARACTERS = 200_000;

/** One run of an image: an HTTP server in this process, on a port of its own while the image listens. */
export class Container {
  readonly #server;
  readonly #behaviour: Behaviour;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #exited = Promise.withResolvers<number>();
  #isOver = false;
  #port: number | undefined;
  #output = "";

  private constructor(spec: ContainerSpec, volume: Volume | undefined) {
    this.#behaviour = spec.behaviour;
    this.#server = createServer(imageProgram({ spec, volume, print: (line) => this.#print(line) }));
  }

  /** Resolves as soon as it runs; an image without a delay listens by then. */
  static async start(spec: ContainerSpec, volume: Volume | undefined): Promise<Container> {
    const container = new Container(spec, volume);
    await container.#begin();
    return container;
  }

  async #begin(): Promise<void> {
    const { exitAfterMs, listenAfterMs } = this.#behaviour;
    if (exitAfterMs === 0) {
      this.#print("fatal: it ends at once");
      return this.#end(CRASHED);
    }
    if (exitAfterMs !== null) this.#timers.push(setTimeout(() => void this.#end(CRASHED), exitAfterMs));
    if (listenAfterMs === 0) return this.#listen();
    this.#timers.push(setTimeout(() => void this.#listen(), listenAfterMs));
  }

  async #listen(): Promise<void> {
    const port = await listen(this.#server, HOST, 0);
    if (this.#isOver) await close(this.#server);
    else this.#port = port;
  }

  async #end(code: number): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#port = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    await close(this.#server);
    this.#exited.resolve(code);
  }

  /** In the format of `docker logs --timestamps`. */
  #print(line: string): void {
    const at = `${new Date().toISOString().slice(0, -1)}000000Z`;
    this.#output = `${this.#output}${at} ${line}\n`.slice(-OUTPUT_CHARACTERS);
  }

  /** Resolves with its exit code once it has ended. */
  get exited(): Promise<number> {
    return this.#exited.promise;
  }
  /** Complete lines, each after Docker's timestamp. */
  output(): string {
    return this.#output;
  }
  /** The address of its port; undefined while it does not listen. */
  address(containerPort: number): { host: string; port: number } | undefined {
    const isListened = (this.#behaviour.port ?? containerPort) === containerPort;
    return isListened && this.#port !== undefined ? { host: HOST, port: this.#port } : undefined;
  }
  /** Resolves when it has ended. */
  async stop(): Promise<void> {
    if (!this.#behaviour.isStubborn) void this.#end(0);
    else this.#timers.push(setTimeout(() => void this.#end(KILLED), KILL_AFTER_MS));
    await this.exited;
  }
}

/** The running containers, and the volumes, which outlive them. */
export class Runtime {
  readonly #volumes = new Map<string, Volume>();
  readonly #running = new Set<Container>();

  /** Also creates missing volumes. */
  async start(spec: ContainerSpec): Promise<Container> {
    for (const { name } of spec.volumes) if (!this.#volumes.has(name)) this.#volumes.set(name, new Map());
    const container = await Container.start(spec, this.#volumes.get(spec.volumes[0]?.name ?? ""));
    this.#running.add(container);
    void container.exited.then(() => this.#running.delete(container));
    return container;
  }

  get volumes(): string[] {
    return [...this.#volumes.keys()].sort();
  }
  /** False when no volume has that name. */
  removeVolume(name: string): boolean {
    return this.#volumes.delete(name);
  }
  async close(): Promise<void> {
    await Promise.all([...this.#running].map((container) => container.stop()));
  }
}
