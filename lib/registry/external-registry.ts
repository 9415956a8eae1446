import { isBrokenCircuitError } from "cockatiel";
import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { type Announcement, Droplet } from "@/lib/contracts/registration";
import { type Circuit, type JsonAnswer, JsonClient } from "@/lib/platform/outgoing/json-client";
import * as store from "./registration-store";
import type { Patience, Registry } from "./registry";

const BACKGROUND_TRIES = 5;

/** The Registry at REGISTRY_URL. It may be down or lose everything: our rows have its desired state. */
export class ExternalRegistry implements Registry {
  readonly address: string;
  readonly #http: JsonClient;
  readonly #client: RegistryClient;

  constructor({ url, token }: { url: string; token?: string }) {
    this.address = url;
    this.#http = new JsonClient({ name: "registry", baseUrl: url, token });
    this.#client = new RegistryClient(this.#http, store.isOwn);
  }

  get circuit(): Circuit {
    return this.#http.circuit;
  }

  isUp(signal: AbortSignal): Promise<boolean> {
    return this.#client.isUp(signal);
  }

  async announce(serviceId: string, announcement: Announcement, patience: Patience): Promise<void> {
    await this.#settle(await store.oweAnnouncement(this.address, serviceId, announcement), patience);
  }

  async withdraw(serviceId: string, name: string, patience: Patience): Promise<void> {
    const owed = await store.oweWithdrawal(this.address, serviceId, name);
    if (owed) await this.#settle(owed, patience);
  }

  async addressOf(serviceId: string, name: string, patience: Patience): Promise<string | null> {
    const own = await store.findOwn(this.address, serviceId, name);
    return own && this.#client.endpointOf(own, patience);
  }

  async deliver(name: string, signal: AbortSignal): Promise<boolean> {
    const owed = await store.findOwed(this.address, name);
    if (owed) await this.#settle(owed, { tries: BACKGROUND_TRIES, signal });
    return owed !== null;
  }

  /** A list may be paged, so a missing name is looked up before it counts as lost. */
  async remind(signal: AbortSignal): Promise<void> {
    await store.publishUnsent(this.address);
    const settled = await store.listSettledNames(this.address);
    if (settled.length === 0) return;
    const patience = { tries: BACKGROUND_TRIES, signal };
    try {
      const known = await this.#client.names(patience);
      for (const name of settled)
        if (!known.has(name) && !(await this.#client.has(name, patience))) await store.oweAgain(this.address, name);
    } catch (error) {
      throw asRegistrationProblem(error);
    }
  }

  /** Completes a pending update, or stores why it failed. */
  async #settle(owed: store.Owed, patience: Patience): Promise<void> {
    try {
      const settled = await this.#say(owed, patience);
      // A newer announcement is stored, but the Registry may have processed ours after it: repeat the newer one.
      if (!settled) await store.oweAgain(this.address, owed.name);
    } catch (error) {
      const problem = asRegistrationProblem(error);
      await store.keepRefusal(this.address, owed, problem.toData());
      throw problem;
    }
  }

  async #say(owed: store.Owed, patience: Patience): Promise<boolean> {
    if (owed.kind === "announce") {
      const taken = await this.#client.announce(owed, patience);
      return store.settleAnnouncement(this.address, owed, taken);
    }
    await this.#client.withdraw(owed, patience);
    return store.settleWithdrawal(this.address, owed);
  }
}

function asRegistrationProblem(error: unknown): Problem {
  return error instanceof Problem
    ? error
    : new Problem("registration-failed", { detail: reasonOf(error), cause: error });
}

function reasonOf(error: unknown): string {
  if (isBrokenCircuitError(error)) return "it failed several times in a row and is asked again in a minute";
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

const TRY_TIMEOUT_MS = 5_000;

const Registered = z.object({ droplet_id: z.int() });
const One = z.object({
  droplet: Droplet.pick({ id: true, name: true, endpoint: true, metadata: true, registered_at: true }).loose(),
});
type Found = z.infer<typeof One>["droplet"];
const All = z.object({ droplets: z.array(Droplet.pick({ name: true }).loose()) });

type Ask = Pick<Parameters<JsonClient["call"]>[0], "method" | "path" | "body">;

/** The client of the Registry's contract (docs/registry.md). Every step can be repeated on an existing name. */
class RegistryClient {
  constructor(
    private readonly http: JsonClient,
    /** A droplet of another owner is never changed. */
    private readonly isOwn: (droplet: Found, own: store.Owed) => Promise<boolean>,
  ) {}

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

  /** Registers or finds, then changes, then reads back: only the Registry's own response counts. */
  async announce(own: store.Owed, patience: Patience): Promise<store.Taken> {
    const { endpoint, metadata } = own.announcement;
    const id = await this.#registeredId(own, patience);
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

  /** A droplet of another owner is kept. */
  async withdraw(own: store.Owed, patience: Patience): Promise<void> {
    const found = await this.#find(own.name, patience);
    if (!found || !(await this.isOwn(found, own))) return;
    const answer = await this.#ask({ method: "DELETE", path: `/droplets/${found.id}` }, patience);
    if (answer.status !== 200 && answer.status !== 404) throw refusal(answer);
  }

  async names(patience: Patience): Promise<Set<string>> {
    const { droplets } = read(await this.#ask({ method: "GET", path: "/droplets" }, patience), All);
    return new Set(droplets.map(({ name }) => name));
  }

  async has(name: string, patience: Patience): Promise<boolean> {
    return (await this.#find(name, patience)) !== null;
  }

  async endpointOf(own: store.Owed, patience: Patience): Promise<string | null> {
    const found = await this.#find(own.name, patience);
    return found && (await this.isOwn(found, own)) ? found.endpoint : null;
  }

  /** Requests the same id from a Registry that lost everything, because clients know the service by it. */
  async #registeredId(own: store.Owed, patience: Patience): Promise<number> {
    const { name, endpoint, dropletId, metadata } = own.announcement;
    const register = (id: number | null) => {
      const body = { ...(id !== null && { id }), name, endpoint, version: metadata.release };
      return this.#ask({ method: "POST", path: "/register", body }, patience);
    };
    const answer = await register(dropletId ?? own.ownId);
    if (answer.status !== 409) return read(answer, Registered).droplet_id;
    const known = await this.#find(name, patience);
    // The name is free, but the requested id belongs to another droplet. The person who chose it must be told.
    if (known === null && dropletId !== null) throw refusal(answer);
    if (known === null) return read(await register(null), Registered).droplet_id;
    if (await this.isOwn(known, own)) return known.id;
    throw new Problem("name-taken", {
      params: { name },
      detail: `the droplet ${known.id} of this name is not this service's`,
    });
  }

  async #find(name: string, patience: Patience): Promise<Found | null> {
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
