import { readFile, stat } from "node:fs/promises";
import { type FieldError, fieldProblem, Problem } from "@/lib/contracts/problem";
import type { JumpKeyInput, SshKeyFacts } from "@/lib/contracts/ssh";
import { parsePrivateKey } from "@/lib/hosts/ssh/private-key";
import type { SshKey } from "@/lib/hosts/ssh/settings";
import { env } from "@/lib/platform/env";
import { Secret } from "@/lib/platform/secrets/secret";
import type { SshPrivateKey } from "./ssh-target";

/** A key as it is kept: what may be told of it, and what is sealed. */
export interface HeldKey {
  facts: SshKeyFacts;
  secret?: SshPrivateKey;
}

const ABOUT_PASSPHRASE = new Set<string>(["ssh-key-locked", "ssh-key-passphrase-wrong"]);
const OTHERS_MAY_READ = 0o007;

/** Checks a key that was typed. Throws a problem whose field lies below `path`. */
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

/** What signs in now. The file and the agent are those of this process, so every machine has its own. */
export async function signingKey({ facts, secret }: HeldKey): Promise<SshKey> {
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

/** Of a key whose public half is not known. */
function factsOf(kind: SshKeyFacts["kind"]): SshKeyFacts {
  return { kind, keyType: null, fingerprint: null };
}
