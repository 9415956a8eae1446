import { Problem } from "@/lib/contracts/problem";
import type { SshLogin, SshSettings } from "@/lib/hosts/ssh/settings";
import { type HeldKey, signingKey } from "./ssh-keys";
import type { SshTarget } from "./ssh-target";

type Address = Pick<SshLogin, "host" | "port" | "user" | "hostKey">;

export async function toLogin({ host, port, user, hostKey }: Address, key: HeldKey): Promise<SshLogin> {
  return { host, port, user, hostKey, key: await signingKey(key) };
}

/** How to reach a server and sign in. Throws `host-key-unconfirmed`, or why its key cannot be used. */
export async function toSshSettings({ settings, secrets, hostKey }: SshTarget): Promise<SshSettings> {
  const { publicHost, jump } = settings;
  if (hostKey === null) throw new Problem("host-key-unconfirmed", { params: { host: settings.host } });
  const key: HeldKey = { facts: settings.key, secret: secrets.key };
  const jumpKey = jump?.key.kind === "same" ? key : jump && { facts: jump.key, secret: secrets.jumpKey };
  return {
    ...(await toLogin({ ...settings, hostKey }, key)),
    publicHost: publicHost ?? undefined,
    jump: jump && jumpKey ? await toLogin(jump, jumpKey) : undefined,
  };
}
