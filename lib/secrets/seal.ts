import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { Problem } from "@/lib/contracts/problem";
import { type Key, keyRing } from "./key-ring";

/** The second names the key. Texts of the first, which do not, stay readable. */
const VERSION = "2";
const NAMELESS = "1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM under the first key: `2.<key's id>.<base64url of nonce, tag and ciphertext>`. */
export function seal(value: unknown): string {
  return sealUnder(keyRing()[0], JSON.stringify(value));
}

/** Throws `sealed-with-other-key` when no key of ours opens it, and another error when the text was changed. */
export function unseal<T>(text: string): T {
  return JSON.parse(open(text)) as T;
}

/** The same secret under the first key, whatever it is; for texts that are under an older one. */
export function sealAnew(text: string): string {
  return sealUnder(keyRing()[0], open(text));
}

/** What every text starts with that is sealed under this key. */
export function sealPrefix({ id }: Key): string {
  return `${VERSION}.${id}.`;
}

function sealUnder(key: Key, plain: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce);
  const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return sealPrefix(key) + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

function open(text: string): string {
  const [version = "", ...parts] = text.split(".");
  const [body = "", keyId] = parts.toReversed();
  if (version === VERSION && parts.length === 2) return openUnder(keyNamed(keyId), body);
  if (version === NAMELESS && parts.length === 1) return openUnderAny(body);
  throw new Error(`sealed text of an unknown version: ${version.slice(0, 8)}`);
}

function keyNamed(id: string | undefined): Key {
  const key = keyRing().find((one) => one.id === id);
  if (!key) throw new Problem("sealed-with-other-key", { detail: `key ${id}` });
  return key;
}

function openUnderAny(body: string): string {
  for (const key of keyRing()) {
    try {
      return openUnder(key, body);
    } catch {} // the next one may be it; that none is, is said below
  }
  throw new Problem("sealed-with-other-key");
}

function openUnder(key: Key, body: string): string {
  const bytes = Buffer.from(body, "base64url");
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(sealed), decipher.final()]).toString("utf8");
}
