import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import { type CutShort, NOTHING_CUT } from "../cut-short";
import type { HostPlace } from "../driver";
import { type ExchangeAnswer, exchange } from "../http-exchange";
import {
  EdgeApps,
  type EdgeService,
  NO_APPS,
  type Slot,
  serviceIn,
  servicesIn,
  withoutService,
  withService,
} from "./edge-config";
import { edgeLayout, liveFolder } from "./edge-layout";

const TIMEOUT_MS = 10_000;
const DRAIN_POLL_MS = 50;
/** Another worker may change the configuration between our reading and our writing it. */
const TRIES = 10;

/**
 * Landfall's own Caddy on a host: it holds the public port of every service of a base directory and hands requests to
 * the slot that is live. Nothing is kept here: what it knows is in Caddy and in the files it looks at.
 */
export class Edge {
  readonly #place: HostPlace;
  readonly #socketPath: string;

  constructor(place: HostPlace) {
    this.#place = place;
    this.#socketPath = edgeLayout(place).socket;
  }

  /** Does it answer? */
  async isUp(): Promise<boolean> {
    if ((await this.#place.host.stat(this.#socketPath)) === null) return false;
    try {
      return (await this.#ask("GET", "/config/apps")).status === 200;
    } catch (error) {
      // A socket that nobody listens on any more.
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

  /** Makes it known, or reached in another way. Throws `switch-failed` when Caddy refuses, a port that is taken included. */
  async put(service: EdgeService): Promise<void> {
    const folder = liveFolder(this.#place, service.name);
    await this.#place.host.makeDirectory(folder);
    await this.#change((apps) =>
      isDeepStrictEqual(serviceIn(apps, service.name), service) ? null : withService(apps, service, folder),
    );
  }

  /** Its public port is closed. Nothing of it there is success. */
  async remove(name: string): Promise<void> {
    await this.#change((apps) => (serviceIn(apps, name) === null ? null : withoutService(apps, name)));
    await this.#place.host.remove(liveFolder(this.#place, name));
  }

  /** From the next request on; requests in flight end where they are. */
  async goLive(name: string, slot: Slot): Promise<void> {
    const flag = join(liveFolder(this.#place, name), "green");
    if (slot === "green") await this.#place.host.writeFile(flag, "");
    else await this.#place.host.remove(flag);
  }

  /**
   * Resolves when no request is in flight to any of these private ports, or after `drainMs` with how many still are: what
   * kind each is, Caddy does not tell.
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
   * Reads, changes and writes as one: what another worker wrote meanwhile is never lost. Null is no change; writing the
   * same again would cost requests (edge-config.ts).
   */
  async #change(change: (apps: EdgeApps) => EdgeApps | null): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const { apps, etag } = await this.#read();
      const next = change(apps);
      if (next === null) return;
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
