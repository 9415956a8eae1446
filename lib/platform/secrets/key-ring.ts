import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { env, secretKeyFile } from "@/lib/platform/env";

/*
 * The installation's keys: the first one seals, every one opens. There are several only while one takes over from
 * another (docs/rotation.md). Where they come from a file, the file is looked at whenever a key is needed, so that no
 * process goes on sealing under a key that is no longer the first.
 */

export interface Key {
  /** Names the key in what it sealed, and tells nothing about it. */
  id: string;
  bytes: Buffer;
}
export type KeyRing = readonly [Key, ...Key[]];

/** Keys as hexadecimal digits, separated by commas, spaces or lines. Throws when there is none, or one of another form. */
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
  /** Which version of the file (or which text of the environment) they are from. */
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

/** A file that is just being written, or is gone, does not take the keys from a process that has them. */
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
