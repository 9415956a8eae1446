import { connect as connectTcp } from "node:net";
import type { AnyAuthMethod } from "ssh2";
import { Problem } from "@/lib/contracts/problem";
import { ForwardedSocket } from "./forwarded-socket";
import { handshake } from "./handshake";
import { algorithmsFor, hostKeyProblem } from "./host-key";
import { parsePrivateKey } from "./private-key";
import { labelOf, type SshLogin } from "./settings";
import { SshConnection, type Transport } from "./ssh-connection";

/** The sign-in of a login, its key read once: opening a locked one takes a while. Throws what `parsePrivateKey` does. */
export function signInOf({ user: username, key }: SshLogin): AnyAuthMethod {
  if ("agentSocket" in key) return { type: "agent", username, agent: key.agentSocket };
  return { type: "publickey", username, key: parsePrivateKey(key.privateKey, key.passphrase).parsed };
}

/** One try. Rejects with `host-unreachable`, `host-key-changed`, `ssh-auth-failed`, or `settings-invalid` for the pinned key. */
export async function connect(login: SshLogin, signIn: AnyAuthMethod, jump?: SshConnection): Promise<SshConnection> {
  // First, because a pinned key that is none must not leave a transport behind.
  const algorithms = algorithmsFor(login.hostKey);
  const transport = await transportTo(login, jump);
  const client = await handshake(transport, {
    ...login,
    signIn,
    algorithms,
    examine: (shown) => hostKeyProblem(login.hostKey, shown),
  });
  return new SshConnection(client, transport, labelOf(login));
}

/** A socket, maybe still connecting (what fails is its `error` event), or a way through another server. */
export async function transportTo(to: { host: string; port: number }, jump?: SshConnection): Promise<Transport> {
  if (!jump) return connectTcp({ host: to.host, port: to.port, noDelay: true, keepAlive: true });
  const opened = await jump.open({ host: to.host, port: to.port });
  if (opened.channel) return new ForwardedSocket(opened.channel, jump);
  throw new Problem("host-unreachable", { detail: `${to.host}:${to.port} through the jump host: ${opened.detail}` });
}
