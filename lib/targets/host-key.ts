import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { HostKeyRequest, HostKeyView } from "@/lib/contracts/ssh";
import type { Actor } from "@/lib/contracts/user";
import { fingerprintOf } from "@/lib/hosts/ssh/host-key";
import { readHostKey } from "@/lib/hosts/ssh/read-host-key";
import { patience } from "./patience";
import { toSshSettings } from "./ssh-login";
import { type SshTarget, viewOfHostKey } from "./ssh-target";
import { takeJump } from "./take-ssh";
import { findSshTarget } from "./target-store";

const PATIENCE_MS = 20_000;

/** The key a server shows now, for a person to compare. Nothing is sent to it but what asks for the key. */
export async function showHostKey(request: HostKeyRequest, actor: Actor): Promise<HostKeyView> {
  authorize(actor, "target:write");
  const known = request.target === undefined ? null : await findSshTarget(request.target);
  if (request.target !== undefined && !known) throw new Problem("not-found");
  const { host, port } = request;
  const jump = await takeJump(request, known);
  return viewOfHostKey((await readHostKey({ host, port, jump }, patience(PATIENCE_MS))).line);
}

/** Asks the server, and the jump host before it, whether they still show the keys that were confirmed. */
export async function verifyHostKeys(ssh: SshTarget): Promise<void> {
  const { host, port, jump } = await toSshSettings(ssh);
  if (jump) await expectKey(jump.hostKey, { host: jump.host, port: jump.port }, ["jump", "hostKey"]);
  await expectKey(ssh.hostKey ?? "", { host, port, jump }, ["hostKey"]);
}

async function expectKey(line: string, to: Parameters<typeof readHostKey>[0], path: string[]): Promise<void> {
  const shown = await readHostKey({ ...to, pinned: line }, patience(PATIENCE_MS));
  if (shown.line === line) return;
  throw new Problem("host-key-changed", {
    params: { host: to.host, expected: fingerprintOf(line), received: shown.fingerprint },
    fields: [{ path, code: "host-key-changed", message: "host-key-changed" }],
  });
}
