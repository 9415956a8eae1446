import { dirname } from "node:path";
import type { SourceTree } from "@/lib/hosts/host";
import { scanTree } from "@/lib/hosts/scan-tree";
import { findBinaries } from "@/lib/platform/db/embedded-binaries";

/** The embedded Postgres of this machine, to be put on a host: `bin/initdb`, `bin/postgres` and what they need. */
export async function postgresPrograms(): Promise<SourceTree> {
  const { postgres } = await findBinaries(undefined);
  return scanTree(dirname(dirname(postgres)));
}
