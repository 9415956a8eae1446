import { createHash, randomBytes } from "node:crypto";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_BYTES = 20;
/** What 160 bits need in base 62; shorter ones are filled up, so that every token looks alike. */
const LENGTH = 27;
const SHOWN = "lf_".length + 6;

/** A new token, and what is kept of it: enough to recognise it, never enough to use it. */
export function makeToken(): { token: string; prefix: string; hash: string } {
  const token = `lf_${base62(randomBytes(RANDOM_BYTES)).padStart(LENGTH, "0")}`;
  return { token, prefix: token.slice(0, SHOWN), hash: tokenHash(token) };
}

function base62(bytes: Buffer): string {
  let rest = BigInt(`0x${bytes.toString("hex")}`);
  let text = "";
  for (; rest > 0n; rest /= 62n) text = DIGITS[Number(rest % 62n)] + text;
  return text;
}

/** A token has 160 random bits: a fast hash is as good as a slow one, and is paid at every request. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
