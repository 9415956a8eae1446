import { readFile, stat } from "node:fs/promises";
import { type FieldError, fieldProblem, Problem } from "@/lib/contracts/problem";
import type { JumpKeyInput, SshKeyFacts } from "@/lib/contracts/ssh";
import { parsePrivateKey } from "@/lib/hosts/ssh/private-key";
import type { SshKey, SshLogin, SshSettings } from "@/lib/hosts/ssh/settings";
import { env } from "@/lib/platform/env";
import { Secret } from "@/lib/platform/secrets/secret";
import type { SshPrivateKey, SshTarget } from "./ssh-target";

/** Signing in over SSH: keys as they are typed, kept and used. Loads the SSH library, so place.ts imports it when needed. */

/** A key as it is stored: its public facts, and its encrypted part. */
export interface HeldKey {
  facts: SshKeyFacts;
  secret?: SshPrivateKey;
}

const ABOUT_PASSPHRASE = new Set<string>(["ssh-key-locked", "ssh-key-passphrase-wrong"]);
const OTHERS_MAY_READ = 0o007;

/** Checks a key that was typed. Throws a problem whose field is below `path`. */
export function takeKey(input: JumpKeyInput, path: FieldError["path"]): HeldKey {
  if (input.kind === "same") return { facts: factsOf("same") };
  if (input.kind === "agent") {
    if (env.SSH_AUTH_SOCK === undefined) throw fieldProblem([...path, "kind"], "ssh-agent-missing");
    return { facts: factsOf("agent") };
  }
  const privateKey = new Secret(input.privateKey);
  const passphrase = input.passphrase === undefined ? undefined : new Secret(input.passphrase);
  try {
    const { type, fingerprint } = parsePrivateKey(privateKey, passphrase);
    return { facts: { kind: "private-key", keyType: type, fingerprint }, secret: { privateKey, passphrase } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw fieldProblem([...path, ABOUT_PASSPHRASE.has(error.code) ? "passphrase" : "privateKey"], error.code);
  }
}

type Address = Pick<SshLogin, "host" | "port" | "user" | "hostKey">;

/** How to reach a server and sign in. Throws `host-key-unconfirmed`, or why its key cannot be used. */
export async function toSshSettings({ settings, secrets, hostKey }: SshTarget): Promise<SshSettings> {
  const { publicHost, jump } = settings;
  if (hostKey === null) throw new Problem("host-key-unconfirmed", { params: { host: settings.host } });
  const key: HeldKey = { facts: settings.key, secret: secrets.key };
  const jumpKey = jump?.key.kind === "same" ? key : jump && { facts: jump.key, secret: secrets.jumpKey };
  return {
    ...(await toLogin({ ...settings, hostKey }, key)),
    publicHost: publicHost ?? undefined,
    jump: jump && jumpKey ? await toLogin(jump, jumpKey) : undefined,
  };
}

export async function toLogin({ host, port, user, hostKey }: Address, key: HeldKey): Promise<SshLogin> {
  return { host, port, user, hostKey, key: await signingKey(key) };
}

/** The key that signs in now. File and agent are those of this process, so every machine has its own. */
async function signingKey({ facts, secret }: HeldKey): Promise<SshKey> {
  if (facts.kind === "file") return { privateKey: await readKeyFile(env.SSH_KEY_PATH ?? "") };
  if (facts.kind === "agent") {
    if (env.SSH_AUTH_SOCK === undefined) throw new Problem("ssh-agent-missing");
    return { agentSocket: env.SSH_AUTH_SOCK };
  }
  if (!secret) throw new Problem("ssh-key-unreadable");
  return secret;
}

/** The public half of the key in that file; without it where the file cannot be used, which a check says. No file: an agent. */
export async function factsOfKeyFile(path: string | undefined): Promise<SshKeyFacts> {
  if (path === undefined) return factsOf("agent");
  try {
    const { type, fingerprint } = parsePrivateKey(await readKeyFile(path));
    return { kind: "file", keyType: type, fingerprint };
  } catch (error) {
    if (error instanceof Problem) return factsOf("file");
    throw error;
  }
}

async function readKeyFile(path: string): Promise<Secret> {
  try {
    const { mode } = await stat(path);
    if ((mode & OTHERS_MAY_READ) !== 0) throw new Problem("ssh-key-file-exposed", { params: { path } });
    return new Secret(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof Problem) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new Problem("ssh-key-file-unreadable", { params: { path }, detail, cause: error });
  }
}

/** The facts of a key whose public half is not known. */
function factsOf(kind: SshKeyFacts["kind"]): SshKeyFacts {
  return { kind, keyType: null, fingerprint: null };
}
