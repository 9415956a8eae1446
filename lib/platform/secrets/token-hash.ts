import { createHash } from "node:crypto";

/** A token has 160 random bits: a fast hash is as good as a slow one, and is paid at every request. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
