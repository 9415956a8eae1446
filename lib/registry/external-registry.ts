import { isBrokenCircuitError } from "cockatiel";
import { Problem } from "@/lib/contracts/problem";
import type { Announcement } from "@/lib/contracts/registration";
import { log } from "@/lib/platform/log";
import { type Circuit, JsonClient } from "@/lib/platform/outgoing/json-client";
import * as store from "./owed-store";
import type { CaughtUp, Patience, Registry } from "./registry";
import { RegistryClient } from "./registry-client";

const BACKGROUND_TRIES = 5;

/** What REGISTRY_URL names. It may be down, and it forgets everything when it restarts: our rows say what it should have. */
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

  async catchUp(signal: AbortSignal): Promise<CaughtUp> {
    const patience = { tries: BACKGROUND_TRIES, signal };
    const due = await this.#settleAll(await store.listDue(this.address), patience);
    // One that does not take what is owed will not say what it has forgotten either.
    if (due.failed > 0) return due;
    const forgotten = await this.#settleForgotten(patience);
    return { announced: due.announced + forgotten.announced, failed: forgotten.failed };
  }

  /** Settles one debt, or writes down why not. */
  async #settle(owed: store.Owed, patience: Patience): Promise<void> {
    try {
      const settled = await this.#say(owed, patience);
      // Somebody announced something else meanwhile, and ours may have come after theirs: say theirs once more.
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

  /** One that fails stays owed with its cause; the others still get their turn. */
  async #settleAll(debts: readonly store.Owed[], patience: Patience): Promise<CaughtUp> {
    const result = { announced: 0, failed: 0 };
    for (const owed of debts) {
      await this.#settle(owed, patience).then(
        () => result.announced++,
        () => result.failed++,
      );
    }
    return result;
  }

  async #settleForgotten(patience: Patience): Promise<CaughtUp> {
    try {
      return await this.#settleAll(await this.#oweForgotten(patience), patience);
    } catch (error) {
      log.warn({ registry: this.address, reason: reasonOf(error) }, "the Registry could not be asked what it has");
      return { announced: 0, failed: 1 };
    }
  }

  /** A list may be cut into pages, so a name that is not in it is asked for before it counts as forgotten. */
  async #oweForgotten(patience: Patience): Promise<store.Owed[]> {
    const settled = await store.listSettledNames(this.address);
    if (settled.length === 0) return [];
    const known = await this.#client.names(patience);
    const owed: (store.Owed | null)[] = [];
    for (const name of settled) {
      if (known.has(name) || (await this.#client.has(name, patience))) continue;
      owed.push(await store.oweAgain(this.address, name));
    }
    return owed.filter((debt) => debt !== null);
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
