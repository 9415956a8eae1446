import { createHash, randomBytes } from "node:crypto";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_BYTES = 20;
/** The length of 160 bits in base 62; shorter values are padded, so that all tokens look alike. */
const LENGTH = 27;
const SHOWN = "lf_".length + 6;

/** A new token, and what is stored of it: enough to recognise the token, never enough to use it. */
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

/** A token has 160 random bits: a fast hash is as secure as a slow one, and runs at every request. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
