import { fingerprintOf } from "@/lib/hosts/ssh/host-key";
import type { SshTarget } from "./ssh-target";

/** What the audit trail keeps of a server: everything but what is sealed. */
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
