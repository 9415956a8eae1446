import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { env, secretKeyFile } from "@/lib/platform/env";

/*
 * The installation's keys: the first encrypts, all of them decrypt. There are several only during a rotation
 * (docs/rotation.md). A key file is checked at each use, so that no process keeps encrypting under a key that is no
 * longer the first.
 */

export interface Key {
  /** Identifies the key in a text that it encrypted, and reveals nothing about it. */
  id: string;
  bytes: Buffer;
}
export type KeyRing = readonly [Key, ...Key[]];

/** Keys as hexadecimal digits, separated by commas, spaces or lines. Throws without a key or for an invalid one. */
export function parseKeys(text: string): KeyRing {
  const [first, ...others] = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(toKey);
  if (!first) throw new Error("there is no key");
  return [first, ...others];
}

function toKey(digits: string): Key {
  if (!/^[0-9a-f]{64}$/i.test(digits)) throw new Error("a key is 64 hexadecimal digits (32 bytes)");
  const bytes = Buffer.from(digits, "hex");
  const id = createHash("sha256").update("landfall key").update(bytes).digest("hex").slice(0, 8);
  return { id, bytes };
}

interface Known {
  /** The version of the file (or the text of the environment) that they came from. */
  version: string;
  keys: KeyRing;
}
let known: Known | undefined;

export function keyRing(): KeyRing {
  const file = secretKeyFile();
  known = file === undefined ? fromEnvironment() : fromFile(file);
  return known.keys;
}

function fromEnvironment(): Known {
  const version = env.LANDFALL_SECRET_KEY.reveal();
  return known?.version === version ? known : { version, keys: parseKeys(version) };
}

/** While the file is being written, or is missing, a process keeps the keys it has. */
function fromFile(file: string): Known {
  try {
    const { ino, mtimeMs, size } = statSync(/* turbopackIgnore: true */ file);
    const version = `${ino} ${mtimeMs} ${size}`;
    return known?.version === version
      ? known
      : { version, keys: parseKeys(readFileSync(/* turbopackIgnore: true */ file, "utf8")) };
  } catch (error) {
    if (known) return known;
    throw error;
  }
}
