import { chmodSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { withFiles } from "@/lib/platform/env";
import { findEmbeddedDatabase } from "../console/find-database";
import { keepSecretKey } from "../console/secret-key";
import { dataDirectory, loadSettingsFile } from "../preflight.mjs";
import { claimDataDirectory, findRunningConsole, releaseDataDirectory } from "../running-console.mjs";

export interface Installation {
  /** The running console of the same data directory. */
  console: { address: string } | undefined;
}

/**
 * Runs `work` with the console's settings, keys and database: the settings come from the environment and `.env`.
 * Without DATABASE_URL, and while no console runs, the embedded database is started until the work is done.
 */
export async function withInstallation<T>(work: (installation: Installation) => Promise<T>): Promise<T> {
  loadSettingsFile();
  process.env.LANDFALL_LOG_LEVEL ||= "fatal"; // failures are printed as sentences
  const directory = dataDirectory();
  process.env.LANDFALL_DATA_DIR = directory;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (!process.env.LANDFALL_SECRET_KEY && !process.env.LANDFALL_SECRET_KEY_FILE)
    process.env.LANDFALL_SECRET_KEY_FILE = keepSecretKey(directory);
  const running = findRunningConsole(directory);
  signInAsOwner();
  if (process.env.DATABASE_URL || process.env.DATABASE_URL_FILE) return work({ console: running });
  if (!running) return withEmbeddedDatabase(directory, () => work({ console: undefined }));
  process.env.DATABASE_URL = await findEmbeddedDatabase(directory);
  return work({ console: running });
}

/** Only the owner of the tables may create, fill and rename databases. */
function signInAsOwner(): void {
  const { DATABASE_OWNER_URL: url, DATABASE_OWNER_PASSWORD: password } = withFiles(process.env);
  if (url === undefined) return;
  for (const name of ["DATABASE_URL_FILE", "DATABASE_PASSWORD_FILE", "DATABASE_PASSWORD"]) delete process.env[name];
  process.env.DATABASE_URL = url;
  if (password !== undefined) process.env.DATABASE_PASSWORD = password;
}

async function withEmbeddedDatabase<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const { startEmbeddedPostgres } = await import("@/lib/platform/db/embedded-postgres");
  if (!claimDataDirectory(directory, "nowhere yet: a backup is made or restored"))
    throw new Problem("cannot-start", { detail: `Another Landfall just took ${directory}: try again.` });
  if (process.getuid?.() === 0) chmodSync(directory, 0o711); // the Postgres user has to reach its own directory below
  try {
    const database = await startEmbeddedPostgres({ directory: join(directory, "postgres"), database: "landfall" });
    process.env.DATABASE_URL = database.url;
    try {
      return await work();
    } finally {
      await (await import("@/lib/platform/db/client")).disconnect();
      await database.stop();
    }
  } finally {
    releaseDataDirectory(directory);
  }
}
