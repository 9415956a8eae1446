import { createHash } from "node:crypto";
import { Problem } from "@/lib/contracts/problem";

/** The algorithms that are accepted, the best first. Also the order of preference where no key is pinned. */
const ALGORITHMS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;
export type HostKeyAlgorithm = (typeof ALGORITHMS)[number];

/** An RSA key is of one type whatever the signature's hash is. */
function keyTypeOf(algorithm: HostKeyAlgorithm): string {
  return algorithm.startsWith("rsa-") ? "ssh-rsa" : algorithm;
}

/** The bytes of a key's line. Throws `settings-invalid` when it is not one. */
function blobOf(line: string): Buffer {
  const [type = "", base64 = ""] = line.trim().split(/\s+/);
  const blob = Buffer.from(base64, "base64");
  if (type === "" || typeOf(blob) !== type) {
    throw new Problem("settings-invalid", { detail: "the host key must be a line like “ssh-ed25519 AAAA…”" });
  }
  return blob;
}

function typeOf(blob: Buffer): string {
  return blob.length < 4 ? "" : blob.subarray(4, 4 + blob.readUInt32BE(0)).toString("latin1");
}

/** The key as one line, in the format of known_hosts and authorized_keys. */
export function lineOf(blob: Buffer): string {
  return `${typeOf(blob)} ${blob.toString("base64")}`;
}

/** As ssh-keygen prints it: "SHA256:…". Throws `settings-invalid` when the line is not a key. */
export function fingerprintOf(line: string): string {
  return fingerprintOfBlob(blobOf(line));
}

function fingerprintOfBlob(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** The algorithms to offer, the pinned kind first: a server with several keys shows the first one offered. */
export function algorithmsFor(pinned?: string): HostKeyAlgorithm[] {
  const type = pinned === undefined ? undefined : typeOf(blobOf(pinned));
  const isPinned = (algorithm: HostKeyAlgorithm) => keyTypeOf(algorithm) === type;
  return [...ALGORITHMS.filter(isPinned), ...ALGORITHMS.filter((algorithm) => !isPinned(algorithm))];
}

/** The problem when the key that a server shows is not the pinned one. */
export function hostKeyProblem(pinned: string, shown: Buffer): Problem | undefined {
  const expected = blobOf(pinned);
  if (expected.equals(shown)) return undefined;
  return new Problem("host-key-changed", {
    params: { expected: fingerprintOfBlob(expected), received: fingerprintOfBlob(shown) },
  });
}
