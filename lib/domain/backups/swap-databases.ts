import { setTimeout as sleep } from "node:timers/promises";
import { type Client, escapeIdentifier } from "pg";
import { Problem } from "@/lib/contracts/problem";
import { nameOfMoment } from "./backup-store";
import { BEFORE } from "./build-restored";
import { connected, databaseOf, urlOfDatabase } from "./connect";
import { nameBeside } from "./scratch-database";

/** Databases that every server has; one that is renamed cannot be the one we are connected to. */
const MAINTENANCE = ["postgres", "template1"];
const TERMINATE_EVERY_MS = 50;

/** Puts `fresh` in the place of the database at `url`, which is kept under the name that is answered. */
export async function swapIn(url: string, fresh: string): Promise<string> {
  const kept = nameBeside(url, `${BEFORE}${nameOfMoment().replace("-", "_")}`);
  await exchange(url, { present: databaseOf(url), outAs: kept, inFrom: fresh });
  return kept;
}

/** Takes such a swap back; the restored database then has the name it was made under. */
export async function swapBack(url: string, { kept, fresh }: { kept: string; fresh: string }): Promise<void> {
  await exchange(url, { present: databaseOf(url), outAs: fresh, inFrom: kept });
}

interface Exchange {
  present: string;
  outAs: string;
  inFrom: string;
}

/**
 * Both renames in one transaction: at every moment one of the two has the name. The first rename holds the name's lock
 * and waits up to five seconds for other connections to end; meanwhile they are ended, and nobody can make new ones.
 */
async function exchange(url: string, names: Exchange): Promise<void> {
  const maintenance = await findMaintenance(url);
  await connected(maintenance, async (renamer) => {
    await connected(maintenance, async (terminator) => {
      let settled = false;
      const renamed = rename(renamer, names).finally(() => {
        settled = true;
      });
      renamed.catch(() => undefined); // awaited below
      while (!settled) {
        await endConnections(terminator, [names.present, names.inFrom]);
        await sleep(TERMINATE_EVERY_MS);
      }
      await renamed;
    });
  });
}

async function rename(client: Client, { present, outAs, inFrom }: Exchange): Promise<void> {
  const [now, out, fresh] = [present, outAs, inFrom].map(escapeIdentifier);
  await client.query("BEGIN");
  await client.query(`ALTER DATABASE ${now} RENAME TO ${out}`);
  await client.query(`ALTER DATABASE ${fresh} RENAME TO ${now}`);
  await client.query("COMMIT");
}

function endConnections(client: Client, databases: readonly string[]): Promise<unknown> {
  return client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY ($1) AND pid <> pg_backend_pid()",
    [databases],
  );
}

async function findMaintenance(url: string): Promise<string> {
  const failures: unknown[] = [];
  for (const name of MAINTENANCE) {
    const other = urlOfDatabase(url, name);
    try {
      await connected(other, (client) => client.query("SELECT 1"));
      return other;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new Problem("restore-refused", {
    detail: `The databases are renamed from ${MAINTENANCE.join(" or ")}, and the user of DATABASE_URL may connect to neither.`,
    cause: failures[0],
  });
}
