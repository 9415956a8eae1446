import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { type Announcement, Droplet } from "@/lib/contracts/registration";
import type { JsonAnswer, JsonClient } from "@/lib/outgoing/json-client";
import type { Taken } from "./owed-store";
import type { Patience } from "./registry";

const TRY_TIMEOUT_MS = 5_000;

const Registered = z.object({ droplet_id: z.int() });
const One = z.object({ droplet: Droplet.pick({ id: true, name: true, endpoint: true, registered_at: true }).loose() });
const All = z.object({ droplets: z.array(Droplet.pick({ name: true }).loose()) });

type Ask = Pick<Parameters<JsonClient["call"]>[0], "method" | "path" | "body">;

/** Speaks the Registry's contract (docs/registry.md). Every step may be repeated: a name that is there is found and changed. */
export class RegistryClient {
  constructor(private readonly http: JsonClient) {}

  async isUp(signal: AbortSignal): Promise<boolean> {
    const answer = await this.http.call({
      method: "GET",
      path: "/health",
      tries: 1,
      timeoutMs: TRY_TIMEOUT_MS,
      signal,
    });
    return answer.status === 200;
  }

  /** Register or find, then change, then read back: only what the Registry itself says counts. */
  async announce(announcement: Announcement, patience: Patience): Promise<Taken> {
    const { endpoint, metadata } = announcement;
    const id = await this.#registeredId(announcement, patience);
    const change = { endpoint, status: "active", metadata };
    read(await this.#ask({ method: "PATCH", path: `/droplets/${id}`, body: change }, patience), One);
    const { droplet } = read(await this.#ask({ method: "GET", path: `/droplets/${id}` }, patience), One);
    if (droplet.endpoint !== endpoint) throw refused(`it has ${droplet.endpoint} for ${endpoint}`);
    return {
      dropletId: droplet.id,
      registeredAt: droplet.registered_at,
      response: JSON.parse(JSON.stringify({ droplet })),
    };
  }

  async withdraw(name: string, patience: Patience): Promise<void> {
    const id = await this.#idOf(name, patience);
    if (id === null) return;
    const answer = await this.#ask({ method: "DELETE", path: `/droplets/${id}` }, patience);
    if (answer.status !== 200 && answer.status !== 404) throw refusal(answer);
  }

  async names(patience: Patience): Promise<Set<string>> {
    const { droplets } = read(await this.#ask({ method: "GET", path: "/droplets" }, patience), All);
    return new Set(droplets.map(({ name }) => name));
  }

  async has(name: string, patience: Patience): Promise<boolean> {
    return (await this.#find(name, patience)) !== null;
  }

  async endpointOf(name: string, patience: Patience): Promise<string | null> {
    return (await this.#find(name, patience))?.endpoint ?? null;
  }

  async #registeredId({ name, endpoint, dropletId, metadata }: Announcement, patience: Patience): Promise<number> {
    const body = { ...(dropletId !== null && { id: dropletId }), name, endpoint, version: metadata.release };
    const answer = await this.#ask({ method: "POST", path: "/register", body }, patience);
    if (answer.status !== 409) return read(answer, Registered).droplet_id;
    const known = await this.#idOf(name, patience);
    // Taken, but not by this name: the id that was asked for is somebody else's.
    if (known === null) throw refusal(answer);
    return known;
  }

  async #idOf(name: string, patience: Patience): Promise<number | null> {
    return (await this.#find(name, patience))?.id ?? null;
  }

  async #find(name: string, patience: Patience): Promise<z.infer<typeof One>["droplet"] | null> {
    const answer = await this.#ask({ method: "GET", path: `/droplets/name/${encodeURIComponent(name)}` }, patience);
    return answer.status === 404 ? null : read(answer, One).droplet;
  }

  #ask(ask: Ask, { tries, signal }: Patience): Promise<JsonAnswer> {
    return this.http.call({ ...ask, tries, signal, timeoutMs: TRY_TIMEOUT_MS });
  }
}

function read<T>(answer: JsonAnswer, shape: z.ZodType<T>): T {
  if (answer.status !== 200 && answer.status !== 201) throw refusal(answer);
  const result = shape.safeParse(answer.body);
  if (!result.success) throw refused("its answer is not what its contract says");
  return result.data;
}

const Detail = z.object({ detail: z.string() });

function refusal({ status, body }: JsonAnswer): Problem {
  const said = Detail.safeParse(body).data?.detail;
  return refused(said ? `HTTP ${status}: ${said.slice(0, 500)}` : `HTTP ${status}`);
}

function refused(detail: string): Problem {
  return new Problem("registration-failed", { detail });
}
