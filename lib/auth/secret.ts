import { hkdfSync } from "node:crypto";
import { env } from "@/lib/env";
import { keyRing } from "@/lib/secrets/key-ring";

/**
 * What sessions are sealed with: the operator's own, or one derived from each of the installation's keys. The first
 * seals, all open: while one key takes over from another, nobody is signed out.
 */
export function authSecrets(): readonly [string, ...string[]] {
  if (env.NEXTAUTH_SECRET) return [env.NEXTAUTH_SECRET];
  const [first, ...older] = keyRing();
  return [derived(first.bytes), ...older.map(({ bytes }) => derived(bytes))];
}

export function authSecret(): string {
  return authSecrets()[0];
}

function derived(key: Buffer): string {
  return Buffer.from(hkdfSync("sha256", key, "", "landfall session", 32)).toString("hex");
}
