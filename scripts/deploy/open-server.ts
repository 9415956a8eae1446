import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import { LocalHost } from "@/lib/hosts/local-host";
import { env } from "@/lib/platform/env";

/**
 * The server that the environment names, or this machine when it names none. Nothing is sent before its host key is
 * pinned: throws `cannot-update` with the key to compare.
 */
export async function openServer(): Promise<Host> {
  const { SERVER_HOST: host, SERVER_PORT: port, SERVER_USER: user, SERVER_HOST_KEY: hostKey } = env;
  if (host === undefined) return new LocalHost();
  if (hostKey === undefined) throw await unpinned(host, port);
  const { openSshHost } = await import("@/lib/hosts/ssh/ssh-host");
  const { toLogin } = await import("@/lib/targets/ssh/login");
  const kind = env.SSH_KEY_PATH === undefined ? "agent" : "file";
  return openSshHost(
    await toLogin({ host, port, user, hostKey }, { facts: { kind, keyType: null, fingerprint: null } }),
  );
}

async function unpinned(host: string, port: number): Promise<Problem> {
  const { readHostKey } = await import("@/lib/hosts/ssh/read-host-key");
  const { line, fingerprint } = await readHostKey({ host, port }, AbortSignal.timeout(20_000));
  return new Problem("cannot-update", {
    detail: `Nobody has confirmed the host key of ${host}. It shows ${fingerprint}: compare that with the server's own, then set\nSERVER_HOST_KEY=${line}`,
  });
}
