import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import { type CutShort, NOTHING_CUT } from "../cut-short";
import type { HostPlace } from "../driver";
import { type ExchangeAnswer, exchange } from "../http-exchange";
import { checkAddressFree } from "../phases/validate-host";
import { baseId, oldAssetsDirectory } from "../release-layout";
import {
  EdgeApps,
  type EdgeService,
  NO_APPS,
  newListeners,
  type Slot,
  serviceIn,
  servicesIn,
  withoutService,
  withService,
} from "./edge-config";

const TIMEOUT_MS = 10_000;
const DRAIN_POLL_MS = 50;
/** Another worker may change the configuration between our read and our write. */
const TRIES = 10;

/**
 * Landfall's own Caddy on a host: it listens on the public port of every service of a base directory and proxies to the
 * live slot. This class keeps no state: all of it is in Caddy and in the files that Caddy checks.
 */
export class Edge {
  readonly #place: HostPlace;
  readonly #socketPath: string;

  constructor(place: HostPlace) {
    this.#place = place;
    this.#socketPath = edgeLayout(place).socket;
  }

  /** Whether Caddy answers. */
  async isUp(): Promise<boolean> {
    if ((await this.#place.host.stat(this.#socketPath)) === null) return false;
    try {
      return (await this.#ask("GET", "/config/apps")).status === 200;
    } catch (error) {
      // Nothing listens on the socket any more.
      if (error instanceof Problem) throw error;
      return false;
    }
  }

  async service(name: string): Promise<(EdgeService & { live: Slot }) | null> {
    const service = serviceIn((await this.#read()).apps, name);
    return service && { ...service, live: await this.#liveSlot(name) };
  }

  async services(): Promise<EdgeService[]> {
    return servicesIn((await this.#read()).apps);
  }

  /** Adds a service or changes its address. Throws `port-in-use`, or `switch-failed` if Caddy refuses. */
  async put(service: EdgeService): Promise<void> {
    const live = liveFolder(this.#place, service.name);
    const assets = join(oldAssetsDirectory({ ...this.#place, serviceName: service.name }), "files");
    await this.#place.host.makeDirectory(live);
    await this.#change((apps) =>
      isDeepStrictEqual(serviceIn(apps, service.name), service) ? null : withService(apps, service, { live, assets }),
    );
  }

  /** Removes a service and closes its public port. Nothing there is success. */
  async remove(name: string): Promise<void> {
    await this.#change((apps) => (serviceIn(apps, name) === null ? null : withoutService(apps, name)));
    await this.#place.host.remove(liveFolder(this.#place, name));
  }

  /** Switches the traffic from the next request on; requests in flight finish in their slot. */
  async goLive(name: string, slot: Slot): Promise<void> {
    const flag = join(liveFolder(this.#place, name), "green");
    if (slot === "green") await this.#place.host.writeFile(flag, "");
    else await this.#place.host.remove(flag);
  }

  /**
   * Resolves when no request to these private ports is in flight, or after `drainMs` with the number that still are.
   * Caddy does not report their kind.
   */
  async drain(ports: readonly number[], drainMs: number, signal?: AbortSignal): Promise<CutShort> {
    const end = performance.now() + drainMs;
    for (;;) {
      const requests = await this.#inFlight(ports);
      if (requests === 0 || performance.now() >= end) return { ...NOTHING_CUT, requests };
      await sleep(DRAIN_POLL_MS, undefined, { signal });
    }
  }

  async #inFlight(ports: readonly number[]): Promise<number> {
    const { body } = await this.#ask("GET", "/reverse_proxy/upstreams");
    const upstreams = JSON.parse(body) as { address: string; num_requests: number }[];
    const wanted = new Set(ports.map((port) => `127.0.0.1:${port}`));
    return upstreams.reduce((sum, { address, num_requests }) => sum + (wanted.has(address) ? num_requests : 0), 0);
  }

  async #liveSlot(name: string): Promise<Slot> {
    const flag = join(liveFolder(this.#place, name), "green");
    return (await this.#place.host.stat(flag)) === null ? "blue" : "green";
  }

  async #read(): Promise<{ apps: EdgeApps; etag: string }> {
    const { body, trailers, headers } = await this.#ask("GET", "/config/apps");
    const etag = trailers.etag ?? headers.etag ?? "";
    const found: unknown = JSON.parse(body);
    return { apps: found === null ? NO_APPS : EdgeApps.parse(found), etag };
  }

  /**
   * Reads, changes and writes atomically, so that no other worker's change is lost. Null means no change: writing the same
   * configuration again would lose requests (edge-config.ts).
   */
  async #change(change: (apps: EdgeApps) => EdgeApps | null): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const { apps, etag } = await this.#read();
      const next = change(apps);
      if (next === null) return;
      // Caddy (2.6) opens some ports of a configuration before it finds another one taken, and never closes those again: they
      // would answer with the refused configuration beside the current one.
      for (const listener of newListeners(apps, next)) await checkAddressFree(this.#place.host, listener);
      const answer = await this.#ask("POST", "/config/apps", { body: JSON.stringify(next), etag });
      if (answer.status === 200) return;
      if (answer.status !== 412 || attempt === TRIES) throw refusal(answer);
    }
  }

  #ask(method: string, path: string, { body = "", etag = "" } = {}): Promise<ExchangeAnswer> {
    const headers = {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      ...(etag && { "if-match": etag }),
    };
    const to = { socketPath: this.#socketPath };
    return exchange(this.#place.host, to, { method, path, headers, body, timeoutMs: TIMEOUT_MS });
  }
}

function refusal({ status, body }: ExchangeAnswer): Problem {
  return new Problem("switch-failed", { detail: `Caddy answered ${status}: ${body.trim().slice(0, 500)}` });
}

/** A Unix socket's path has 107 bytes. */
const MAX_SOCKET_PATH = 100;

export interface EdgeLayout {
  directory: string;
  /** The one instance of a base holds this lock: a second one that is started concurrently ends. */
  lock: string;
  initialConfig: string;
  log: string;
  /** Only its owner may enter: write access to the socket means control of the edge. */
  socketDirectory: string;
  socket: string;
  /** Name of the unit or container. */
  name: string;
  /** Where Caddy keeps its last configuration and its certificates (XDG). */
  config: string;
  data: string;
}

export function edgeLayout(place: Pick<HostPlace, "base">): EdgeLayout {
  const directory = join(place.base, ".edge");
  const name = `landfall-edge-${baseId(place)}`;
  const own = join(directory, "run");
  const fits = Buffer.byteLength(join(own, "admin.sock")) <= MAX_SOCKET_PATH;
  const socketDirectory = fits ? own : join("/tmp", name);
  return {
    directory,
    lock: join(directory, "lock"),
    initialConfig: join(directory, "initial.json"),
    log: join(directory, "edge.log"),
    socketDirectory,
    socket: join(socketDirectory, "admin.sock"),
    name,
    config: join(directory, "config"),
    data: join(directory, "data"),
  };
}

/** If this folder has a file `green`, the service's green slot is live; else the blue one. */
export function liveFolder(place: Pick<HostPlace, "base">, serviceName: string): string {
  return join(place.base, ".edge", "live", serviceName);
}
