import type { TokenView } from "@/lib/contracts/user";

/** Does it still open doors? */
export function tokenStanding(
  token: Pick<TokenView, "revokedAt" | "expiresAt">,
  now: Date,
): "usable" | "expired" | "revoked" {
  if (token.revokedAt !== null) return "revoked";
  return token.expiresAt !== null && Date.parse(token.expiresAt) <= now.getTime() ? "expired" : "usable";
}
