import { hostname } from "node:os";
import pg from "pg";
import { env } from "@/lib/platform/env";
import { PROCESS_GONE_MS } from "@/lib/platform/process-gone";

const WITHIN_MS = 5_000;

/** Has the worker of this container written a heartbeat recently? Also false when the database is unreachable. */
export async function isWorkerAlive(): Promise<boolean> {
  const client = new pg.Client({
    connectionString: env.DATABASE_URL.reveal(),
    application_name: "landfall-health",
    connectionTimeoutMillis: WITHIN_MS,
    query_timeout: WITHIN_MS,
  });
  try {
    await client.connect();
    const seen = await client.query(
      "SELECT 1 FROM process WHERE role = 'worker' AND host = $1 AND seen_at > now() - $2 * interval '1 ms'",
      [hostname(), PROCESS_GONE_MS],
    );
    return seen.rows.length > 0;
  } catch (error) {
    process.stderr.write(`the database cannot be asked (${(error as NodeJS.ErrnoException).code ?? "no answer"})\n`);
    return false;
  } finally {
    await client.end().catch(() => undefined); // the connection was never open
  }
}
