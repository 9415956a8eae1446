import * as z from "zod";
import { type HostKeyView, SshKeyFacts } from "@/lib/contracts/ssh";
import { fingerprintOf } from "@/lib/hosts/ssh/host-key";
import { seal, unseal } from "@/lib/platform/secrets/seal";
import type { Secret } from "@/lib/platform/secrets/secret";
import { type StoredTarget, targetPlace } from "../kind";

/** The row of a server reached over SSH: settings that anyone may read, and encrypted secrets. */

const address = { host: z.string(), port: z.int(), user: z.string(), key: SshKeyFacts };

export const SshTargetSettings = z.object({
  ...address,
  base: z.string(),
  publicHost: z.string().nullable(),
  jump: z.object({ ...address, hostKey: z.string() }).nullable(),
  /** The environment sets the host key, so that no one else may confirm another. */
  isHostKeyFixed: z.boolean().default(false),
  /** When the environment stopped naming this server; null while it does, and for servers that people added. */
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

/** Null for a row without valid settings. */
export function toSshTarget({
  id,
  settings,
  sealedSecrets,
  hostKey,
}: Omit<StoredTarget, "name" | "kind">): SshTarget | null {
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

/** A host key as it is shown to people. */
export function viewOfHostKey(line: string): HostKeyView {
  return { keyType: line.split(" ")[0] ?? "", fingerprint: fingerprintOf(line), line };
}

/** For the audit trail: everything that is not encrypted. */
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
