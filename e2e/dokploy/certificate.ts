import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** The minimum of X.509 to create certificates for names: DER, P-256, signed with SHA-256. */

export interface Certificate {
  /** PEM. */
  cert: string;
  key: string;
}
interface Authority extends Certificate {
  name: string;
  privateKey: KeyObject;
}

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x55, 0x04, 0x03];
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];
const ALTERNATIVE_NAMES = [0x55, 0x1d, 0x11];

function der(tag: number, ...parts: (Buffer | readonly number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const { length } = content;
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...header]), content]);
}
const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const oid = (bytes: readonly number[]) => der(0x06, bytes);
const text = (value: string) => der(0x0c, Buffer.from(value));
const name = (value: string) => sequence(der(0x31, sequence(oid(COMMON_NAME), text(value))));
const time = (ms: number) => der(0x18, Buffer.from(new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "")));
const extension = (id: readonly number[], value: Buffer) => sequence(oid(id), der(0x04, value));
const isAuthority = () => extension(BASIC_CONSTRAINTS, sequence(der(0x01, [0xff])));
const forHost = (host: string) => extension(ALTERNATIVE_NAMES, sequence(der(0x82, Buffer.from(host))));

interface Issue {
  issuer?: { name: string; privateKey: KeyObject };
  days?: number | undefined;
}

function make(subject: string, more: Buffer, { issuer, days = 30 }: Issue = {}): Authority {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const body = sequence(
    der(0xa0, der(0x02, [2])),
    der(0x02, [1], randomBytes(15)),
    algorithm,
    name(issuer?.name ?? subject),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + days * DAY_MS)),
    name(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(more)),
  );
  const signature = sign("sha256", body, issuer?.privateKey ?? privateKey);
  const whole = sequence(body, algorithm, der(0x03, [0], signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    name: subject,
    privateKey,
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** An untrusted certificate, as a proxy presents before it has a real one. It began a day ago. */
export const selfSigned = (host: string, days?: number): Certificate => make(host, forHost(host), { days });

/** Signs certificates for hosts; clients that trust `cert` trust them. */
export class CertificateAuthority {
  readonly #own = make("Dokploy stand-in", isAuthority());
  get cert(): string {
    return this.#own.cert;
  }
  issue(host: string): Certificate {
    return make(host, forHost(host), { issuer: this.#own });
  }
}
