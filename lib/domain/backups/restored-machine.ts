import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { env } from "@/lib/platform/env";
import { connected } from "./connect";
import type { Manifest } from "./manifest";

/**
 * Makes this data directory the machine that the archive was made on when the restored database at `url` does not know
 * it: on a new host what was local belongs there now. A machine that has a target of its own keeps its name. Answers how
 * to take it back.
 */
export async function takeMachinePlace(url: string, { machine }: Manifest): Promise<() => Promise<void>> {
  const file = join(env.LANDFALL_DATA_DIR, "machine-id");
  const present = (await readFile(file, "utf8").catch(() => "")).trim();
  const known = await machinesIn(url);
  if (machine === null || !env.LANDFALL_THIS_MACHINE || !known.has(machine) || known.has(present))
    return async () => undefined;
  await replace(file, machine);
  return () => replace(file, present);
}

async function machinesIn(url: string): Promise<ReadonlySet<string>> {
  const { rows } = await connected(url, (client) =>
    client.query<{ machine: string }>("SELECT settings->>'machine' AS machine FROM target WHERE kind = 'local'"),
  );
  return new Set(rows.map(({ machine }) => machine));
}

async function replace(file: string, machine: string): Promise<void> {
  await writeFile(`${file}.new`, `${machine}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
