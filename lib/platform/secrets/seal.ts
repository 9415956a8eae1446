import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { Problem } from "@/lib/contracts/problem";
import { type Key, keyRing } from "./key-ring";
import { fromPlainJson, type Sealable, Secret, toPlainJson } from "./secret";

/*
 * AES-256-GCM under the installation's first key, as text: `<format>.<key's id>.<base64url of nonce, tag, ciphertext>`.
 *   1  names no key: `1.<…>`
 *   2  names its key
 *   3  has its place as associated data, so that a text that was moved to another row, column or table does not open
 * Format 3 is written once every process reads it (lib/platform/announce-process.ts). Texts of the older two could be
 * moved, so they are read only for a limited time after an upgrade, while their permit is valid.
 */
export type Format = 2 | 3;
export const NEWEST_FORMAT = 3;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Where a text is stored, in SQL terms. */
export interface Place {
  table: string;
  column: string;
  id: string;
}

// Next loads a module once per route bundle, so the format is shared through globalThis.
const shared = globalThis as { landfallSealFormat?: Format; landfallReadsOlder?: boolean };

/** Sets the format that this process writes. */
export function writeFormat(format: Format): void {
  shared.landfallSealFormat = format;
}

export function formatWritten(): Format {
  return shared.landfallSealFormat ?? NEWEST_FORMAT;
}

/** Sets whether this process opens texts that are not bound to their place. */
export function readOlder(allowed: boolean): void {
  shared.landfallReadsOlder = allowed;
}

const PERMIT: Place = { table: "sealing", column: "permit", id: "1" };

/** Creates the permit to read older formats until then, for the database. Only the key can create or extend it. */
export function permitOlder(until: Date): string {
  return sealBound(keyRing()[0], toPlainJson(new Secret(until.toISOString())), PERMIT);
}

/** Is this permit valid now? It is not when it is absent, forged, or under a removed key. */
export function holdsPermit(permit: string | null | undefined): boolean {
  if (!permit?.startsWith("3.")) return false;
  try {
    return Date.parse(unseal<Secret>(permit, PERMIT).reveal()) > Date.now();
  } catch {
    return false;
  }
}

export function seal(value: Sealable, place: Place): string {
  return sealUnder(keyRing()[0], toPlainJson(value), place);
}

/**
 * Throws `sealed-with-other-key` when none of our keys opens it, and another error when the text was changed or moved
 * from another place. The caller knows what the text contains.
 */
export function unseal<T extends Sealable>(text: string, place: Place): T {
  return fromPlainJson(open(text, place)) as T;
}

/** Seals the secret again, with the first key and the current format. `older` also opens refused formats. */
export function sealAnew(text: string, place: Place, { older = shared.landfallReadsOlder ?? false } = {}): string {
  return sealUnder(keyRing()[0], open(text, place, older), place);
}

/** The prefix of every text sealed under this key in the current format. */
export function sealPrefix({ id }: Key): string {
  return `${formatWritten()}.${id}.`;
}

function sealUnder(key: Key, plain: string, place: Place): string {
  return formatWritten() === NEWEST_FORMAT ? sealBound(key, plain, place) : `2.${key.id}.${encrypted(key, plain)}`;
}

function sealBound(key: Key, plain: string, place: Place): string {
  return `3.${key.id}.${encrypted(key, plain, associated(place))}`;
}

function encrypted(key: Key, plain: string, data?: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce);
  if (data) cipher.setAAD(data);
  const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** Unambiguous, because no part can contain the separator: two are our own names, the third is a UUID. */
function associated({ table, column, id }: Place): Buffer {
  return Buffer.from(`${table}.${column}.${id}`);
}

function open(text: string, place: Place, older = shared.landfallReadsOlder ?? false): string {
  const [format = "", ...parts] = text.split(".");
  const [body = "", keyId] = parts.toReversed();
  if (!older && (format === "1" || format === "2"))
    throw new Problem("sealed-with-other-key", { detail: `format ${format}, not bound to ${place.table}` });
  if (format === "3" && parts.length === 2) return openUnder(keyNamed(keyId), body, associated(place));
  if (format === "2" && parts.length === 2) return openUnder(keyNamed(keyId), body);
  if (format === "1" && parts.length === 1) return openUnderAny(body);
  throw new Error(`sealed text of an unknown version: ${format.slice(0, 8)}`);
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
    } catch {} // another key may open it; failing with all of them is reported below
  }
  throw new Problem("sealed-with-other-key");
}

function openUnder(key: Key, body: string, data?: Buffer): string {
  const bytes = Buffer.from(body, "base64url");
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, nonce, { authTagLength: TAG_BYTES });
  if (data) decipher.setAAD(data);
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(sealed), decipher.final()]).toString("utf8");
}
