import type { Secret } from "@/lib/platform/secrets/secret";

/** How to sign in to a server. */
export interface SshLogin {
  host: string;
  port: number;
  user: string;
  /** The pinned host key as one line: "ssh-ed25519 AAAA…". */
  hostKey: string;
  key: SshKey;
}

export type SshKey = { privateKey: Secret; passphrase?: Secret } | { agentSocket: string };

export interface SshSettings extends SshLogin {
  /** The address at which others reach its ports; `host` when absent. */
  publicHost?: string;
  /** A jump host: the connection goes through it. */
  jump?: SshLogin;
}

/** For people and logs: "root@10.0.0.4", with the port where it is not 22. */
export function labelOf({ host, port, user }: Pick<SshLogin, "host" | "port" | "user">): string {
  return `${user}@${host}${port === 22 ? "" : `:${port}`}`;
}
