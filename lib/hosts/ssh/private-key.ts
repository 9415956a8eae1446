import { createPrivateKey, type KeyObject } from "node:crypto";
import ssh2, { type ParsedKey } from "ssh2";
import { Problem } from "@/lib/contracts/problem";
import type { Secret } from "@/lib/platform/secrets/secret";
import { fingerprintOf, lineOf } from "./host-key";

export interface PrivateSshKey {
  /** "ssh-ed25519", "ssh-rsa" or "ecdsa-sha2-nistp256" and its like. */
  type: string;
  /** The line for authorized_keys. */
  publicKey: string;
  fingerprint: string;
  parsed: ParsedKey;
}

const TYPES = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/;
const PUBLIC = /^(-{4,5} ?BEGIN (RSA |SSH2 )?PUBLIC KEY|(ssh-|ecdsa-|sk-)\S+ AAAA)/;
const PKCS8 = /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/;
const OPENSSH_MAGIC = "openssh-key-v1\0";

/**
 * Reads a private key in OpenSSH, PEM (PKCS#1, SEC1, PKCS#8) or PuTTY 2 form. Throws `ssh-key-unreadable`,
 * `ssh-key-public`, `ssh-key-locked` (a passphrase is needed) or `ssh-key-passphrase-wrong`.
 */
export function parsePrivateKey(key: Secret, lockedWith?: Secret): PrivateSshKey {
  const passphrase = lockedWith?.reveal();
  const text = key
    .reveal()
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trim())
    .join("\n");
  if (PUBLIC.test(text)) throw new Problem("ssh-key-public");
  const isLocked = needsPassphrase(text);
  if (isLocked && !passphrase) throw new Problem("ssh-key-locked");
  try {
    return toPrivateKey(read(text, passphrase));
  } catch (cause) {
    throw new Problem(isLocked ? "ssh-key-passphrase-wrong" : "ssh-key-unreadable", { cause });
  }
}

function read(text: string, passphrase: string | undefined): ParsedKey {
  const readable = PKCS8.test(text) ? toReadable(createPrivateKey({ key: text, passphrase })) : text;
  const found = ssh2.utils.parseKey(readable, passphrase);
  // Its type says otherwise, but a file with several keys returns an array.
  const [key] = [found].flat();
  if (key instanceof Error || key === undefined) throw key ?? new Error("no key in it");
  if (!key.isPrivateKey() || !TYPES.test(key.type)) throw new Error(`a ${key.type} key cannot be used`);
  return key;
}

function toPrivateKey(parsed: ParsedKey): PrivateSshKey {
  const publicKey = lineOf(parsed.getPublicSSH());
  return { type: parsed.type, publicKey, fingerprint: fingerprintOf(publicKey), parsed };
}

function needsPassphrase(text: string): boolean {
  const [, body] = /^-----BEGIN OPENSSH PRIVATE KEY-----\n([^-]*)/.exec(text) ?? [];
  if (body !== undefined) {
    const bytes = Buffer.from(body, "base64").subarray(OPENSSH_MAGIC.length);
    return bytes.length > 8 && bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString("latin1") !== "none";
  }
  return /^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED|^Encryption: (?!none)/m.test(text);
}

/** PKCS#8 in a form the SSH library reads. */
function toReadable(key: KeyObject): string {
  if (key.asymmetricKeyType === "ed25519") return ed25519ToOpenSsh(key);
  const type = key.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1";
  return key.export({ type, format: "pem" }).toString();
}

/** The only form the SSH library reads Ed25519 keys in; see PROTOCOL.key of OpenSSH. */
function ed25519ToOpenSsh(key: KeyObject): string {
  const { d = "", x = "" } = key.export({ format: "jwk" });
  const publicPart = Buffer.from(x, "base64url");
  const publicKey = Buffer.concat([field("ssh-ed25519"), field(publicPart)]);
  const check = Buffer.alloc(8);
  const secret = Buffer.concat([Buffer.from(d, "base64url"), publicPart]);
  const content = Buffer.concat([check, publicKey, field(secret), field("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (content.length % 8)) % 8 }, (_, index) => index + 1));
  const file = Buffer.concat([
    Buffer.from(OPENSSH_MAGIC, "latin1"),
    ...["none", "none", ""].map(field),
    Buffer.from([0, 0, 0, 1]),
    field(publicKey),
    field(Buffer.concat([content, padding])),
  ]);
  const lines = file.toString("base64").replace(/.{70}/g, "$&\n");
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----`;
}

function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
