/*
 * The image's role `migrate`, run once at every start: migrates the database to this version, creates the first
 * administrator, and prints what cannot be requested later.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { disconnect } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { type Prepared, prepareDatabase } from "../console/prepare-database";
import { sentenceOf } from "../console/run-helper";
import { bold, say, sayFailure } from "../screen.mjs";
import { findReadableByOthers } from "./readable-by-others";

/** Where compose mounts the files that settings are read from. */
const SECRET_PLACES = ["/run/secrets", "/run/landfall-settings"];

async function main(): Promise<void> {
  for (const file of findReadableByOthers(SECRET_PLACES))
    say(`Warning: ${file} can be read by others on the server: chmod 600 it there.`);
  report(await prepareDatabase(dirname(dirname(fileURLToPath(import.meta.url)))));
  await disconnect();
}

function report({ migrations, admin }: Prepared): void {
  say(migrations === 0 ? "The database is up to date." : `The database was migrated (${migrations} applied).`);
  if (!admin.made) return;
  say();
  say(`Console   ${bold(env.NEXTAUTH_URL ?? "at the address you gave it")}`);
  say(`E-mail    ${admin.email}`);
  say(
    admin.password
      ? `Password  ${bold(admin.password)}   shown this once: change it after you signed in`
      : "Password  the one in LANDFALL_ADMIN_PASSWORD",
  );
  say();
}

try {
  await main();
} catch (error) {
  sayFailure(sentenceOf(error));
  process.exit(1);
}
