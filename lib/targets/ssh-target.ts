import * as z from "zod";
import { type HostKeyView, SshKeyFacts } from "@/lib/contracts/ssh";
import { fingerprintOf } from "@/lib/hosts/ssh/host-key";
import { type Place, seal, unseal } from "@/lib/platform/secrets/seal";
import { type Secret, secretsIn } from "@/lib/platform/secrets/secret";

/** The row of a server reached over SSH: settings that anyone may read, and encrypted secrets. */

const address = { host: z.string(), port: z.int(), user: z.string(), key: SshKeyFacts };

export const SshTargetSettings = z.object({
  ...address,
  base: z.string(),
  publicHost: z.string().nullable(),
  jump: z.object({ ...address, hostKey: z.string() }).nullable(),
  /** The environment says which host key is right, so nobody else may. */
  isHostKeyFixed: z.boolean().default(false),
  /** Since when the environment, which named this server once, does not any more. */
  goneAt: z.string().nullable().default(null),
});
export type SshTargetSettings = z.infer<typeof SshTargetSettings>;

export type SshPrivateKey = { privateKey: Secret; passphrase?: Secret };
type SshSecrets = { key?: SshPrivateKey; jumpKey?: SshPrivateKey };

export interface SshTarget {
  settings: SshTargetSettings;
  secrets: SshSecrets;
  /** Null until a person has confirmed its fingerprint. */
  hostKey: string | null;
}

/** As any row of it has it. */
export interface SshColumns {
  id: string;
  settings: unknown;
  sealedSecrets: string | null;
  hostKey: string | null;
}

/** Where the secrets of a target of any kind are sealed. */
export function targetPlace(id: string): Place {
  return { table: "target", column: "sealed_secrets", id };
}

/** Keys and passphrases of a target of any kind: no log may show them. */
export function targetSecrets({ id, sealedSecrets }: Pick<SshColumns, "id" | "sealedSecrets">): Secret[] {
  return sealedSecrets === null ? [] : secretsIn(unseal(sealedSecrets, targetPlace(id)));
}

/** Null for a row that holds no such settings. */
export function toSshTarget({ id, settings, sealedSecrets, hostKey }: SshColumns): SshTarget | null {
  const read = SshTargetSettings.safeParse(settings);
  if (!read.success) return null;
  return {
    settings: read.data,
    secrets: sealedSecrets === null ? {} : unseal<SshSecrets>(sealedSecrets, targetPlace(id)),
    hostKey,
  };
}

export function toSshColumns(id: string, { settings, secrets, hostKey }: SshTarget) {
  const hasSecrets = secrets.key !== undefined || secrets.jumpKey !== undefined;
  return { settings, hostKey, sealedSecrets: hasSecrets ? seal(secrets, targetPlace(id)) : null };
}

/** A host key as a page shows it. */
export function viewOfHostKey(line: string): HostKeyView {
  return { keyType: line.split(" ")[0] ?? "", fingerprint: fingerprintOf(line), line };
}

/** What the audit trail keeps of a server: everything that is not encrypted. */
export function sshFacts({ settings, hostKey }: SshTarget) {
  const { host, port, user, base, publicHost, key, jump } = settings;
  return {
    host,
    port,
    user,
    base,
    publicHost,
    key,
    hostKey: hostKey === null ? null : fingerprintOf(hostKey),
    jump: jump && { ...jump, hostKey: fingerprintOf(jump.hostKey) },
  };
}
