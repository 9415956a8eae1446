import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { Cluster } from "@/lib/platform/db/embedded-cluster";
import { SUPERUSER } from "@/lib/platform/db/embedded-cluster";
import { findRunningConsole } from "../running-console.mjs";

/**
 * The address of the embedded database of the console that runs from a data directory. Throws `cannot-start` with what
 * to do when no console runs.
 */
export async function findEmbeddedDatabase(dataDirectory: string): Promise<string> {
  if (!findRunningConsole(dataDirectory)) {
    throw new Problem("cannot-start", {
      detail: `No console runs from ${dataDirectory}, and its database runs only with it: start it with npm start, then try again in another terminal. For a database of your own, set DATABASE_URL.`,
    });
  }
  const text = await readFile(join(dataDirectory, "postgres/cluster.json"), "utf8");
  const { password, port } = JSON.parse(text) as Cluster;
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/landfall`;
}
