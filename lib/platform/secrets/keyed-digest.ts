import { createHmac, hkdfSync } from "node:crypto";
import { keyRing } from "./key-ring";

/**
 * A digest under a key of this installation: who has it cannot try texts to find out which one it is of. Another one after
 * a rotation of the keys.
 */
export function keyedDigest(text: string): string {
  const [first] = keyRing();
  const key = Buffer.from(hkdfSync("sha256", first.bytes, "", "landfall digest", 32));
  return createHmac("sha256", key).update(text).digest("hex");
}
