import { createHash } from "node:crypto";
import { Connections } from "./connections";
import { RemoteConnect } from "./remote-connect";
import { RemoteFiles } from "./remote-files";
import { RemoteShell } from "./remote-shell";
import type { SshKey, SshLogin, SshSettings } from "./settings";
import { SharedSftp } from "./shared-sftp";

/**
 * The shared state of all Host objects of this process for one server. Each user joins its connections, then leaves.
 */
export interface Server {
  connections: Connections;
  shell: RemoteShell;
  files: RemoteFiles;
  sockets: RemoteConnect;
}

const pool = new Map<string, Server>();

/** The same for the same settings. */
export function serverFor({ jump, ...login }: Omit<SshSettings, "publicHost">): Server {
  for (const [key, { connections }] of pool) if (!connections.isWanted) pool.delete(key);
  const key = keyOf(login, jump);
  const server = pool.get(key) ?? newServer(login, jump);
  pool.set(key, server);
  return server;
}

function newServer(login: SshLogin, jump: SshLogin | undefined): Server {
  const connections = new Connections(login, jump && serverFor(jump).connections);
  const shell = new RemoteShell(connections);
  const files = new RemoteFiles(new SharedSftp(connections, shell), shell);
  return { connections, shell, files, sockets: new RemoteConnect(connections, shell, files) };
}

/** Hashed, so that no further copy of a key is kept. Its value counts, since another key is another sign-in. */
function keyOf(...logins: (SshLogin | undefined)[]): string {
  const parts = logins.map(
    (login) => login && [login.host, login.port, login.user, login.hostKey, ...valuesOf(login.key)],
  );
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function valuesOf(key: SshKey): (string | undefined)[] {
  return "privateKey" in key ? [key.privateKey.reveal(), key.passphrase?.reveal()] : [key.agentSocket];
}
