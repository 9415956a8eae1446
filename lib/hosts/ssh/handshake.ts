import type { Socket } from "node:net";
import ssh2, { type AnyAuthMethod, type Client } from "ssh2";
import { Problem } from "@/lib/contracts/problem";
import { algorithmsFor } from "./host-key";
import { labelOf } from "./settings";
import type { Transport } from "./ssh-connection";

/** Name look-up, connection, keys and sign-in together. */
const HANDSHAKE_MS = 15_000;

export interface HandshakeOptions {
  host: string;
  port: number;
  user: string;
  /** None: it ends as soon as the host key is known. */
  signIn?: AnyAuthMethod;
  /** The key to ask for first. */
  pinned?: string;
  /** Looks at the host key before anything is sent to the server. The problem it returns ends the handshake. */
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
    let agentFailure: Error | undefined;
    const settle = () => {
      signal?.removeEventListener("abort", abort);
      client.off("error", fail).off("close", fail);
    };
    const giveUp = (reason: unknown) => {
      settle();
      // What it still says while it is taken down is no news.
      client.on("error", () => {});
      transport.destroy();
      reject(reason);
    };
    const fail = (cause?: ClientError) => {
      if (cause?.level === "agent") agentFailure = cause;
      else giveUp(examined ?? problemOf(options, cause, agentFailure));
    };
    const abort = () => giveUp(signal?.reason);
    client.on("error", fail).once("close", fail);
    client.once("ready", () => {
      settle();
      resolve(client);
    });
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) return abort();
    client.connect({
      // Its type says Readable; it needs both ways, and asks nothing of a socket that another stream has not.
      sock: transport as Socket,
      username: options.user,
      authHandler: options.signIn ? [options.signIn] : [],
      readyTimeout: HANDSHAKE_MS,
      algorithms: { serverHostKey: algorithmsFor(options.pinned) },
      hostVerifier: (key: Buffer) => {
        examined = options.examine(key);
        return examined === undefined;
      },
    });
  });
}

/** `level` says which part failed; what the server itself says when it hangs up has a number. */
type ClientError = Error & { level?: string; code?: unknown };

function problemOf(to: HandshakeOptions, cause: ClientError | undefined, agentFailure: Error | undefined): Problem {
  const detail = `${labelOf(to)}: ${(agentFailure ?? cause)?.message ?? "the connection was closed"}`;
  const isRefusal = cause?.level === "client-authentication" || typeof cause?.code === "number";
  return isRefusal
    ? new Problem("ssh-auth-failed", { params: { user: to.user }, detail, cause: agentFailure ?? cause })
    : new Problem("host-unreachable", { detail, cause });
}
