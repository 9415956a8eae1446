import type { Socket } from "node:net";
import ssh2, { type AnyAuthMethod, type Client } from "ssh2";
import { Problem } from "@/lib/contracts/problem";
import type { HostKeyAlgorithm } from "./host-key";
import { labelOf } from "./settings";
import type { Transport } from "./ssh-connection";

/** Name look-up, connection, keys and sign-in together. */
const HANDSHAKE_MS = 15_000;

const REFUSALS = new Set<string | undefined>(["client-authentication", "agent"]);

export interface HandshakeOptions {
  host: string;
  port: number;
  user: string;
  /** None: it ends as soon as the host key is known. */
  signIn?: AnyAuthMethod;
  /** Kinds of host keys, the one to ask for first. */
  algorithms: HostKeyAlgorithm[];
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
    let agentFailure: ClientError | undefined;
    let isSigningIn = false;
    const settle = () => {
      signal?.removeEventListener("abort", abort);
      // What it says after the end of the handshake, and before somebody else listens, is said again by its end.
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
      // Its type says Readable; it needs both ways, and asks nothing of a socket that another stream has not.
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

/** `level` says which part failed; what the server itself says when it hangs up has a number. */
type ClientError = Error & { level?: string; code?: unknown };

function problemOf(to: HandshakeOptions, during: "greeting" | "sign-in", cause: ClientError | undefined): Problem {
  const detail = `${labelOf(to)}: ${cause?.message ?? "the connection was closed"}`;
  const isRefusal = REFUSALS.has(cause?.level) || typeof cause?.code === "number";
  return during === "sign-in" && isRefusal
    ? new Problem("ssh-auth-failed", { params: { user: to.user }, detail, cause })
    : new Problem("host-unreachable", { detail, cause });
}
