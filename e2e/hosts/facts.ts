/* What tests may know about the hosts. */
export type HostName = `web-${number}`;
export const hostKeyKinds = ["ed25519", "ecdsa", "rsa"] as const;
export type HostKeyKind = (typeof hostKeyKinds)[number];

export interface HostFacts {
  name: HostName;
  /** A loopback address of its own, at which this machine reaches every port of the host. */
  address: string;
  /** The address at which the hosts reach each other. */
  insideAddress: string;
  hostKeys: Record<HostKeyKind, HostKey>;
}

export interface HostKey {
  /** "ssh-ed25519 AAAA…" */
  line: string;
  /** "SHA256:…" */
  fingerprint: string;
}

/** `stranger` is a valid key that no host accepts; the passphrase of `locked` is in its entry. */
export const keyNames = ["ed25519", "rsa", "ecdsa", "locked", "stranger"] as const;
export type KeyName = (typeof keyNames)[number];
export type Keys = Record<KeyName, Key>;

export interface Key {
  /** Mode 0600, in OpenSSH's format. */
  file: string;
  /** In the format of authorized_keys. */
  line: string;
  passphrase?: string;
}

/** A real registry on each host, as seen by the host's own Docker. */
export interface Registry {
  address: string;
  username: string;
  password: string;
}

/** All of them may use `sudo`; `deploy` is not in the docker group. */
export const users = ["root", "deploy"] as const;
export type UserName = (typeof users)[number];
