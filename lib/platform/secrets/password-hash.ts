import { hash, verify } from "@node-rs/argon2";

/** Argon2id with the library's defaults (19 MiB, two passes), which are OWASP's first recommendation. */
export function hashPassword(password: string): Promise<string> {
  return hash(password.toWellFormed());
}

/** A random password's hash, compared when there is none, so that an unknown address takes equally long. */
let nobodysHash: Promise<string> | undefined;

export async function isPassword(password: string, passwordHash: string | null | undefined): Promise<boolean> {
  if (passwordHash) return verify(passwordHash, password.toWellFormed());
  nobodysHash ??= hashPassword(crypto.randomUUID());
  await verify(await nobodysHash, password.toWellFormed());
  return false;
}
