import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

interface Entry {
  id: number;
  name: string;
  endpoint: string;
  status: string;
  metadata: object;
  registered_at: string;
}

/** An external Registry for tests: the contract of docs/registry.md, in memory, with the failures of a real one. */
export class TestRegistry {
  readonly droplets = new Map<number, Entry>();
  readonly asked: string[] = [];
  /** When set, every request is answered with this status only. */
  ill: number | null = null;
  /** Accepts connections and never answers. */
  silent = false;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<TestRegistry> {
    const registry = new TestRegistry();
    await new Promise<void>((resolve) => registry.#server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Loses everything, as at a restart. */
  forget(): void {
    this.droplets.clear();
  }

  byName(name: string): Entry | undefined {
    return [...this.droplets.values()].find((droplet) => droplet.name === name);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = `${request.method} ${request.url}`;
    this.asked.push(asked);
    if (this.silent) return;
    const said = await text(request);
    const [status, body] = this.ill ? [this.ill, {}] : this.#reply(asked, said === "" ? {} : JSON.parse(said));
    response.writeHead(status, { "content-type": "application/json", "retry-after": "0" }).end(JSON.stringify(body));
  }

  #reply(asked: string, body: Partial<Entry> & { name: string; endpoint: string; version?: string }): [number, object] {
    const [method, path = ""] = asked.split(" ");
    if (asked === "GET /health") return [200, { status: "active", service: "registry" }];
    if (asked === "POST /register") return this.#register(body);
    if (asked === "GET /droplets") return [200, { droplets: [...this.droplets.values()], total: this.droplets.size }];
    const [, , kind = "", name = ""] = path.split("/");
    const droplet = kind === "name" ? this.byName(decodeURIComponent(name)) : this.droplets.get(Number(kind));
    if (!droplet) return [404, { detail: "not found" }];
    if (method === "DELETE") return [200, { success: this.droplets.delete(droplet.id) }];
    return [200, { droplet: method === "PATCH" ? Object.assign(droplet, body) : droplet }];
  }

  #register({
    id,
    name,
    endpoint,
    version,
  }: Partial<Entry> & { name: string; endpoint: string; version?: string }): [number, object] {
    if (this.byName(name)) return [409, { detail: `${name} exists` }];
    const taken = id ?? Math.max(0, ...this.droplets.keys()) + 1;
    if (this.droplets.has(taken)) return [409, { detail: `id ${taken} exists` }];
    const registered_at = new Date().toISOString();
    const rest = { steward: null, proof: null, cost_usd: null, yield_usd: null, updated_at: registered_at };
    this.droplets.set(taken, {
      ...rest,
      id: taken,
      name,
      endpoint,
      status: "active",
      metadata: version ? { version } : {},
      registered_at,
    });
    return [200, { success: true, droplet_id: taken, message: "registered" }];
  }
}
