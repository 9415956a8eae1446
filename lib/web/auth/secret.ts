import { hkdfSync } from "node:crypto";
import { env } from "@/lib/platform/env";
import { keyRing } from "@/lib/platform/secrets/key-ring";

/** What next-auth signs its short-lived cookies with, while a provider is asked: the operator's own, or a derived one. */
export function authSecret(): string {
  if (env.NEXTAUTH_SECRET) return env.NEXTAUTH_SECRET.reveal();
  const [first] = keyRing();
  return Buffer.from(hkdfSync("sha256", first.bytes, "", "landfall session", 32)).toString("hex");
}
