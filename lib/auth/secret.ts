import { hkdfSync } from "node:crypto";
import { env } from "@/lib/env";

/** What sessions are sealed with: the operator's own, or one derived from the installation's key. */
export function authSecret(): string {
  if (env.NEXTAUTH_SECRET) return env.NEXTAUTH_SECRET;
  const key = Buffer.from(env.LANDFALL_SECRET_KEY, "hex");
  return Buffer.from(hkdfSync("sha256", key, "", "landfall session", 32)).toString("hex");
}
