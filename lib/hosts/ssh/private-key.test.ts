import { generateKeyPairSync } from "node:crypto";
import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { Secret } from "@/lib/platform/secrets/secret";
import { fingerprintOf } from "./host-key";
import { parsePrivateKey } from "./private-key";

const { generateKeyPairSync: generateSshKey, parseKey } = ssh2.utils;
const LOCKED = { passphrase: "open sesame", cipher: "aes256-ctr", rounds: 1 };

/** The library omits the leading zero that one public key in 256 has; ssh-keygen does not. */
function generateEd25519(lock?: typeof LOCKED): { public: string; private: string } {
  const pair = lock ? generateSshKey("ed25519", lock) : generateSshKey("ed25519");
  return parseKey(pair.public) instanceof Error ? generateEd25519(lock) : pair;
}

/** Keys in the current form of ssh-keygen. */
const openSsh = {
  ed25519: generateEd25519(),
  ecdsa: generateSshKey("ecdsa", { bits: 384 }),
  rsa: generateSshKey("rsa", { bits: 2_048 }),
};

/** Keys as OpenSSL and older programs write them. */
const pem = {
  "PKCS#1": generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export({ type: "pkcs1", format: "pem" }),
  "PKCS#8 of RSA": generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export(pkcs8()),
  "PKCS#8 of Ed25519": generateKeyPairSync("ed25519").privateKey.export(pkcs8()),
  "PKCS#8 of ECDSA": generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey.export(pkcs8()),
  SEC1: generateKeyPairSync("ec", { namedCurve: "secp521r1" }).privateKey.export({ type: "sec1", format: "pem" }),
};

const parse = (key: string, passphrase?: string) =>
  parsePrivateKey(new Secret(key), passphrase === undefined ? undefined : new Secret(passphrase));

function pkcs8(passphrase?: string) {
  const lock = passphrase === undefined ? {} : { passphrase, cipher: "aes-256-cbc" };
  return { type: "pkcs8" as const, format: "pem" as const, ...lock };
}

test.each(Object.entries(openSsh))("reads an %s key in OpenSSH's form", (_, pair) => {
  const key = parse(pair.private);
  expect(pair.public).toContain(key.publicKey);
  expect(key.fingerprint).toBe(fingerprintOf(pair.public));
});

test.each(Object.entries(pem))("reads %s, and what it signs fits its public key", (_, text) => {
  const { parsed, publicKey } = parse(String(text));
  const [reread] = [ssh2.utils.parseKey(publicKey)].flat();
  if (reread instanceof Error || !reread) throw reread;
  expect(reread.verify("data", parsed.sign("data"))).toBe(true);
});

test("line ends of Windows and space around a pasted key do no harm", () => {
  const pasted = `\n  ${openSsh.ed25519.private.replaceAll("\n", "\r\n  ")}  \n`;
  expect(openSsh.ed25519.public).toContain(parse(pasted).publicKey);
});

test.each([
  ["OpenSSH's form", generateEd25519(LOCKED).private],
  ["PKCS#8", String(generateKeyPairSync("ed25519").privateKey.export(pkcs8(LOCKED.passphrase)))],
  [
    "PEM",
    String(
      generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export({
        type: "pkcs1",
        format: "pem",
        cipher: "aes-128-cbc",
        passphrase: LOCKED.passphrase,
      }),
    ),
  ],
])("a locked key in %s opens with its passphrase only", (_, text) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ code: "ssh-key-locked" }));
  expect(() => parse(text, "")).toThrow(expect.objectContaining({ code: "ssh-key-locked" }));
  expect(() => parse(text, "wrong")).toThrow(expect.objectContaining({ code: "ssh-key-passphrase-wrong" }));
  expect(parse(text, LOCKED.passphrase).fingerprint).toMatch(/^SHA256:/);
});

test("a passphrase for a key that needs none does no harm", () => {
  expect(parse(openSsh.rsa.private, "not needed").type).toBe("ssh-rsa");
});

test.each([
  openSsh.ed25519.public,
  openSsh.ecdsa.public,
  String(generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" })),
])("a public key is told apart", (text) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ code: "ssh-key-public" }));
});

test.each([
  "",
  "hello",
  "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
  openSsh.ed25519.private.slice(0, 200),
  String(generateKeyPairSync("x25519").privateKey.export(pkcs8())),
])("what is no key for signing in is told apart", (text) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ code: "ssh-key-unreadable" }));
});
