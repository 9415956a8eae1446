import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";

export function secretKeyFileIn(dataDirectory: string): string {
  return join(dataDirectory, "secret.key");
}

/**
 * The file with the installation's keys, one per line; the first one encrypts. Created on the first start. A copy of a
 * backup needs this file too.
 */
export function keepSecretKey(dataDirectory: string): string {
  const file = secretKeyFileIn(dataDirectory);
  if (existsSync(file)) return file;
  if (existsSync(join(dataDirectory, "postgres"))) throw lostKey(file);
  writeFileSync(file, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  return file;
}

function lostKey(file: string): Problem {
  return new Problem("cannot-start", {
    detail: `${file} is gone, and without it the secrets in the database cannot be read: put it back, or set LANDFALL_SECRET_KEY to what it held.`,
  });
}
