import { Problem } from "@/lib/contracts/problem";
import { abortable } from "./abortable";
import { handshake, transportTo } from "./connect";
import { algorithmsFor, fingerprintOf, lineOf } from "./host-key";
import { serverFor } from "./server-pool";
import type { SshLogin } from "./settings";

export interface HostKey {
  /** "ssh-ed25519 AAAA…", to be pinned. */
  line: string;
  /** "SHA256:…" as ssh-keygen prints it, to be compared by a person. */
  fingerprint: string;
}

/**
 * Connects far enough to learn the key of a server; throws `host-unreachable`. Nothing is sent to it. One with several
 * keys shows the kind of `pinned`.
 */
export async function readHostKey(
  to: { host: string; port: number; jump?: SshLogin; pinned?: string },
  signal?: AbortSignal,
): Promise<HostKey> {
  const jump = to.jump && serverFor(to.jump).connections;
  jump?.join();
  try {
    return await readOver(to, await jump?.any(signal), signal);
  } finally {
    jump?.leave();
  }
}

async function readOver(
  to: { host: string; port: number; pinned?: string },
  jump: Parameters<typeof transportTo>[1],
  signal: AbortSignal | undefined,
): Promise<HostKey> {
  let line: string | undefined;
  const seen = new Problem("host-key-changed");
  const algorithms = algorithmsFor(to.pinned);
  const transport = await abortable(transportTo(to, jump), signal);
  try {
    await handshake(transport, {
      host: to.host,
      port: to.port,
      user: "nobody",
      algorithms,
      signal,
      examine: (key) => {
        line = lineOf(key);
        return seen;
      },
    });
  } catch (error) {
    if (error !== seen) throw error;
  }
  if (line === undefined) throw new Problem("host-unreachable", { detail: `${to.host}:${to.port} showed no host key` });
  return { line, fingerprint: fingerprintOf(line) };
}
