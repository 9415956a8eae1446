import { Client } from "pg";
import { SAME_EVERYWHERE } from "./copy-table";

/** A connection of one's own, for as long as the work takes. It reads and writes the same text everywhere. */
export async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: "landfall-backup" });
  client.on("error", () => undefined); // the query that runs then rejects with it
  await client.connect();
  try {
    await client.query(SAME_EVERYWHERE);
    return await work(client);
  } finally {
    await client.end();
  }
}

export function urlOfDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(database)}`;
  return other.href;
}

export function databaseOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}
