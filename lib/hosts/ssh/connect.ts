import { connect as connectTcp, type Socket } from "node:net";
import ssh2, { type AnyAuthMethod, type Client } from "ssh2";
import { Problem } from "@/lib/contracts/problem";
import { algorithmsFor, type HostKeyAlgorithm, hostKeyProblem } from "./host-key";
import { parsePrivateKey } from "./private-key";
import { labelOf, type SshLogin } from "./settings";
import { ForwardedSocket, SshConnection, type Transport } from "./ssh-connection";

/** The sign-in of a login, with its key parsed once: decrypting a key takes a while. Throws what `parsePrivateKey` does. */
export function signInOf({ user: username, key }: SshLogin): AnyAuthMethod {
  if ("agentSocket" in key) return { type: "agent", username, agent: key.agentSocket };
  return { type: "publickey", username, key: parsePrivateKey(key.privateKey, key.passphrase).parsed };
}

/** One attempt. Rejects with `host-unreachable`, `host-key-changed`, `ssh-auth-failed`, or `settings-invalid` for the pinned key. */
export async function connect(login: SshLogin, signIn: AnyAuthMethod, jump?: SshConnection): Promise<SshConnection> {
  // First, because an invalid pinned key must not leave a transport behind.
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

/** A socket, maybe still connecting (a failure is its `error` event), or a channel through another server. */
export async function transportTo(to: { host: string; port: number }, jump?: SshConnection): Promise<Transport> {
  if (!jump) return connectTcp({ host: to.host, port: to.port, noDelay: true, keepAlive: true });
  const opened = await jump.open({ host: to.host, port: to.port });
  if (opened.channel) return new ForwardedSocket(opened.channel, jump);
  throw new Problem("host-unreachable", { detail: `${to.host}:${to.port} through the jump host: ${opened.detail}` });
}

/** The limit for name resolution, connection, keys and sign-in together. */
const HANDSHAKE_MS = 15_000;

const REFUSALS = new Set<string | undefined>(["client-authentication", "agent"]);

export interface HandshakeOptions {
  host: string;
  port: number;
  user: string;
  /** Without one, the handshake ends as soon as the host key is known. */
  signIn?: AnyAuthMethod;
  /** Kinds of host keys, the preferred one first. */
  algorithms: HostKeyAlgorithm[];
  /** Checks the host key before anything is sent to the server. The problem it returns ends the handshake. */
  examine(hostKey: Buffer): Problem | undefined;
  signal?: AbortSignal;
}

/**
 * Brings an SSH connection up to the point where commands can run. Rejects with the problem of `examine`,
 * `ssh-auth-failed`, `host-unreachable`, or the reason of `signal`; nothing stays open then.
 */
export function handshake(transport: Transport, options: HandshakeOptions): Promise<Client> {
  const { signal } = options;
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    let examined: Problem | undefined;
    let agentFailure: ClientError | undefined;
    let isSigningIn = false;
    const settle = () => {
      signal?.removeEventListener("abort", abort);
      // An error between the handshake and the next listener is ignored: the end of the client follows it.
      client
        .on("error", () => {})
        .off("error", fail)
        .off("close", fail);
    };
    const giveUp = (reason: unknown) => {
      settle();
      transport.destroy();
      reject(reason);
    };
    const fail = (cause?: ClientError) => {
      if (cause?.level === "agent") agentFailure = cause;
      else giveUp(examined ?? problemOf(options, isSigningIn ? "sign-in" : "greeting", agentFailure ?? cause));
    };
    const abort = () => giveUp(signal?.reason);
    client.on("error", fail).once("close", fail);
    client.once("handshake", () => {
      isSigningIn = true;
    });
    client.once("ready", () => {
      settle();
      resolve(client);
    });
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) return abort();
    client.connect({
      // Typed as Readable, but it needs a Duplex, and nothing of a socket that other streams do not have.
      sock: transport as Socket,
      username: options.user,
      authHandler: options.signIn ? [options.signIn] : [],
      readyTimeout: HANDSHAKE_MS,
      algorithms: { serverHostKey: options.algorithms },
      hostVerifier: (key: Buffer) => {
        examined = options.examine(key);
        return examined === undefined;
      },
    });
  });
}

/** `level` names the part that failed; the server's reason for a disconnect is a number. */
type ClientError = Error & { level?: string; code?: unknown };

function problemOf(to: HandshakeOptions, during: "greeting" | "sign-in", cause: ClientError | undefined): Problem {
  const detail = `${labelOf(to)}: ${cause?.message ?? "the connection was closed"}`;
  const isRefusal = REFUSALS.has(cause?.level) || typeof cause?.code === "number";
  return during === "sign-in" && isRefusal
    ? new Problem("ssh-auth-failed", { params: { user: to.user }, detail, cause })
    : new Problem("host-unreachable", { detail, cause });
}
