import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from "node:crypto";
import { Problem } from "@/lib/contracts/problem";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** The key's derivation, stored in the manifest so that a stronger one needs no new format. */
export interface Passphrased {
  kdf: "scrypt";
  cost: number;
  blockSize: number;
  parallelization: number;
  salt: string;
}
/** 32 MiB and about a quarter of a second: OWASP's parameters for scrypt with little memory. */
const STRENGTH = { kdf: "scrypt", cost: 2 ** 15, blockSize: 8, parallelization: 3 } as const;

/** AES-256-GCM under the passphrase: nonce, tag and ciphertext. */
export async function lockAway(plain: Buffer, passphrase: string): Promise<{ bytes: Buffer; lock: Passphrased }> {
  const lock: Passphrased = { ...STRENGTH, salt: randomBytes(16).toString("base64") };
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", await keyOf(passphrase, lock), nonce);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { bytes: Buffer.concat([nonce, cipher.getAuthTag(), sealed]), lock };
}

/** Throws `backup-passphrase-wrong` for another passphrase, or when the bytes were changed. */
export async function unlock(bytes: Buffer, lock: Passphrased, passphrase: string): Promise<Buffer> {
  const key = await keyOf(passphrase, lock);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new Problem("backup-passphrase-wrong", { cause });
  }
}

function keyOf(passphrase: string, { cost, blockSize, parallelization, salt }: Passphrased): Promise<Buffer> {
  const options: ScryptOptions = { cost, blockSize, parallelization, maxmem: 256 * cost * blockSize };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize("NFKC"), Buffer.from(salt, "base64"), KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
