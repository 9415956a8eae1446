import { readFile, stat } from "node:fs/promises";
import { type FieldError, fieldProblem, Problem } from "@/lib/contracts/problem";
import type {
  HostKeyRequest,
  HostKeyView,
  JumpKeyInput,
  SshJumpInput,
  SshKeyFacts,
  SshKeyInput,
} from "@/lib/contracts/ssh";
import { fingerprintOf } from "@/lib/hosts/ssh/host-key";
import { parsePrivateKey } from "@/lib/hosts/ssh/private-key";
import { readHostKey } from "@/lib/hosts/ssh/read-host-key";
import type { SshKey, SshLogin, SshSettings } from "@/lib/hosts/ssh/settings";
import { env } from "@/lib/platform/env";
import { Secret } from "@/lib/platform/secrets/secret";
import { patience } from "../host-target";
import { type SshPrivateKey, type SshTarget, viewOfHostKey } from "./ssh-target";

/*
 * Signing in over SSH: keys as people enter them, as rows store them, and as a connection uses them. This module loads
 * the SSH library, so others import it when they need it: a worker without servers uses 19 MiB less.
 */

/** A server as a person describes it. */
interface SshDraft {
  host: string;
  port: number;
  user: string;
  base: string;
  publicHost?: string | null | undefined;
  key?: SshKeyInput | undefined;
  jump?: SshJumpInput | null | undefined;
  hostKey: string | null;
}

/** Keys that are not given are taken from `known`. Throws one problem that names every wrong key. */
export function takeSsh(draft: SshDraft, known: SshTarget | null): SshTarget {
  const { host, port, user, base, publicHost = null, hostKey } = draft;
  const { key, jumpKey } = takeKeys(draft, known);
  if (!key) throw required(["key"]);
  return {
    settings: {
      host,
      port,
      user,
      base,
      publicHost,
      key: key.facts,
      jump: draft.jump && jumpKey ? { ...addressOf(draft.jump), key: jumpKey.facts } : null,
      isHostKeyFixed: false,
      goneAt: null,
    },
    secrets: { key: key.secret, jumpKey: jumpKey?.secret },
    hostKey,
  };
}

/** The host key that a server shows now, for a person to compare. Nothing is sent to the server but the request for the key. */
export async function readShownKey(request: HostKeyRequest, known: SshTarget | null): Promise<HostKeyView> {
  const { host, port } = request;
  const jump = await takeJump(request, known);
  return viewOfHostKey((await readHostKey({ host, port, jump }, patience(HOST_KEY_MS))).line);
}

/** How to sign in to the jump host of a server that is not stored yet. */
async function takeJump(request: HostKeyRequest, known: SshTarget | null): Promise<SshLogin | undefined> {
  const { key, jumpKey } = takeKeys(request, known);
  if (!request.jump || !jumpKey) return undefined;
  const signs = jumpKey.facts.kind === "same" ? key : jumpKey;
  if (!signs) throw required(["key"]);
  return toLogin(addressOf(request.jump), signs);
}

interface Keys {
  key: HeldKey | undefined;
  jumpKey: HeldKey | undefined;
}

function takeKeys(draft: Pick<SshDraft, "key" | "jump">, known: SshTarget | null): Keys {
  const wrong: FieldError[] = [];
  const take = (input: Parameters<typeof takeKey>[0], path: FieldError["path"]) => {
    try {
      return takeKey(input, path);
    } catch (error) {
      if (!(error instanceof Problem) || error.fields.length === 0) throw error;
      wrong.push(...error.fields);
      return undefined;
    }
  };
  const key = draft.key ? take(draft.key, ["key"]) : held(known?.settings.key, known?.secrets.key);
  const jumpKey = draft.jump?.key
    ? take(draft.jump.key, ["jump", "key"])
    : held(known?.settings.jump?.key ?? SAME, known?.secrets.jumpKey);
  if (wrong.length > 0) throw new Problem("invalid-request", { fields: wrong });
  return { key, jumpKey: draft.jump ? jumpKey : undefined };
}

const SAME: HeldKey["facts"] = { kind: "same", keyType: null, fingerprint: null };

function held(facts: HeldKey["facts"] | undefined, secret: HeldKey["secret"]): HeldKey | undefined {
  return facts && { facts, secret };
}

function addressOf({ host, port, user, hostKey }: SshJumpInput) {
  return { host, port, user, hostKey };
}

function required(path: FieldError["path"]): Problem {
  return new Problem("invalid-request", { fields: [{ path, code: "required", message: "required" }] });
}

const ABOUT_PASSPHRASE = new Set<string>(["ssh-key-locked", "ssh-key-passphrase-wrong"]);
const OTHERS_MAY_READ = 0o007;

/** Checks a key that a person gave. Throws a problem whose field is below `path`. */
function takeKey(input: JumpKeyInput, path: FieldError["path"]): HeldKey {
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

/** A key as a row stores it: its public facts, and its encrypted part. */
interface HeldKey {
  facts: SshKeyFacts;
  secret?: SshPrivateKey;
}

const HOST_KEY_MS = 20_000;

/** Throws host-key-changed where the server, or its jump host, does not show the key that was confirmed. */
export async function verifyHostKeys(ssh: SshTarget): Promise<void> {
  const { host, port, jump } = await toSshSettings(ssh);
  if (jump) await expectKey(jump.hostKey, { host: jump.host, port: jump.port }, ["jump", "hostKey"]);
  await expectKey(ssh.hostKey ?? "", { host, port, jump }, ["hostKey"]);
}

async function expectKey(line: string, to: Parameters<typeof readHostKey>[0], path: string[]): Promise<void> {
  const shown = await readHostKey({ ...to, pinned: line }, patience(HOST_KEY_MS));
  if (shown.line === line) return;
  throw new Problem("host-key-changed", {
    params: { host: to.host, expected: fingerprintOf(line), received: shown.fingerprint },
    fields: [{ path, code: "host-key-changed", message: "host-key-changed" }],
  });
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

/** The key that signs in. Key file and agent are those of this process, so each machine has its own. */
async function signingKey({ facts, secret }: HeldKey): Promise<SshKey> {
  if (facts.kind === "file") return { privateKey: await readKeyFile(env.SSH_KEY_PATH ?? "") };
  if (facts.kind === "agent") {
    if (env.SSH_AUTH_SOCK === undefined) throw new Problem("ssh-agent-missing");
    return { agentSocket: env.SSH_AUTH_SOCK };
  }
  if (!secret) throw new Problem("ssh-key-unreadable");
  return secret;
}

/** The facts of the key in that file, or of the agent without a path. A file that cannot be used is reported by a check. */
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

/** The facts of a key whose public part is not known. */
function factsOf(kind: SshKeyFacts["kind"]): SshKeyFacts {
  return { kind, keyType: null, fingerprint: null };
}
