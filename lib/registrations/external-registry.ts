import { isBrokenCircuitError } from "cockatiel";
import { Problem } from "@/lib/contracts/problem";
import { log } from "@/lib/log";
import { JsonClient } from "@/lib/outgoing/json-client";
import * as store from "./owed-store";
import type { CaughtUp, Patience, Registry } from "./registry";
import { RegistryClient } from "./registry-client";

const BACKGROUND_TRIES = 5;

/** What REGISTRY_URL names. It may be down, and it forgets everything when it restarts: our rows say what it should have. */
export function createExternalRegistry({ url, token }: { url: string; token?: string }): Registry {
  const http = new JsonClient({ name: "registry", baseUrl: url, token });
  const client = new RegistryClient(http);

  /** Settles one debt, or writes down why not. */
  async function settle(owed: store.Owed, patience: Patience): Promise<void> {
    try {
      const settled = await say(owed, patience);
      // Somebody announced something else meanwhile, and ours may have come after theirs: say theirs once more.
      if (!settled) await store.oweAgain(url, owed.name);
    } catch (error) {
      const problem = asRegistrationProblem(error);
      await store.keepRefusal(url, owed, problem.toData());
      throw problem;
    }
  }

  async function say(owed: store.Owed, patience: Patience): Promise<boolean> {
    if (owed.kind === "announce")
      return store.settleAnnouncement(url, owed, await client.announce(owed.announcement, patience));
    await client.withdraw(owed.name, patience);
    return store.settleWithdrawal(url, owed);
  }

  /** A list may be cut into pages, so a name that is not in it is asked for before it counts as forgotten. */
  async function oweForgotten(patience: Patience): Promise<store.Owed[]> {
    const settled = await store.listSettledNames(url);
    if (settled.length === 0) return [];
    const known = await client.names(patience);
    const owed: (store.Owed | null)[] = [];
    for (const name of settled) {
      if (!known.has(name) && !(await client.has(name, patience))) owed.push(await store.oweAgain(url, name));
    }
    return owed.filter((debt) => debt !== null);
  }

  return {
    address: url,
    get circuit() {
      return http.circuit;
    },
    announce: async (serviceId, announcement, patience) =>
      settle(await store.oweAnnouncement(url, serviceId, announcement), patience),
    withdraw: async (name, patience) => {
      const owed = await store.oweWithdrawal(url, name);
      if (owed) await settle(owed, patience);
    },
    catchUp: async (signal) => {
      const patience = { tries: BACKGROUND_TRIES, signal };
      const result: CaughtUp = { announced: 0, failed: 0 };
      for (const owed of await store.listDue(url)) await tally(settle(owed, patience), result);
      if (result.failed > 0) return result;
      try {
        for (const owed of await oweForgotten(patience)) await tally(settle(owed, patience), result);
      } catch (error) {
        log.warn({ registry: url, reason: reasonOf(error) }, "the Registry could not be asked what it has");
        result.failed += 1;
      }
      return result;
    },
    isUp: (signal) => client.isUp(signal),
  };
}

/** One that fails is kept as owed with its cause; the others still get their turn. */
async function tally(settled: Promise<void>, result: CaughtUp): Promise<void> {
  await settled.then(
    () => {
      result.announced += 1;
    },
    () => {
      result.failed += 1;
    },
  );
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
