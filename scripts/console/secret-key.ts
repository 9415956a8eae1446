import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";

/** The installation's key: from its file, or made on the first start. Whoever copies a backup needs this file too. */
export function keepSecretKey(dataDirectory: string): string {
  const file = join(dataDirectory, "secret.key");
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  if (existsSync(join(dataDirectory, "postgres"))) throw lostKey(file);
  const key = randomBytes(32).toString("hex");
  writeFileSync(file, `${key}\n`, { mode: 0o600, flag: "wx" });
  return key;
}

function lostKey(file: string): Problem {
  return new Problem("cannot-start", {
    detail: `${file} is gone, and without it the secrets in the database cannot be read: put it back, or set LANDFALL_SECRET_KEY to what it held.`,
  });
}
