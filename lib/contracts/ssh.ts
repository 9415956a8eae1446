import * as z from "zod";
import { Port } from "./port";
import { verbatim } from "./verbatim";

/** The fields of an SSH connection, validated here for requests and the environment. */

export const STANDARD_PORT = 22;
export const STANDARD_USER = "root";
export const STANDARD_BASE = "/opt/landfall/services";

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** A DNS name, an IPv4 address or an IPv6 address without brackets. */
export function isHostAddress(text: string): boolean {
  if (z.regexes.ipv6.test(text)) return true;
  if (/^[\d.]+$/.test(text)) return z.regexes.ipv4.test(text);
  return text.length <= 253 && text.split(".").every((label) => LABEL.test(label));
}

/** Files here belong to the system, or are gone after a restart. */
const SYSTEM_FOLDERS = /^\/(bin|boot|dev|etc|lib\w*|proc|run|sbin|sys|tmp|usr\/(bin|lib\w*|sbin))(\/|$)/;

/** An absolute path that is safe in every tool: no spaces, no quotes, no `..`, no system folder. */
export function isBaseFolder(path: string): boolean {
  const isPlain = /^(\/[\w@+.-]+)+$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path);
  return isPlain && path.length <= 200 && !SYSTEM_FOLDERS.test(path);
}

export function isSshUser(name: string): boolean {
  return /^[a-z_][\w.@-]{0,63}$/i.test(name);
}

/** "ssh-ed25519 AAAA…" from a line of ssh-keyscan or a .pub file, without host name and comment. */
export function withoutNames(line: string): string {
  const words = line.trim().split(/\s+/);
  const type = words.findIndex((word) => KEY_TYPE.test(word));
  return type === -1 ? line.trim() : words.slice(type, type + 2).join(" ");
}
const KEY_TYPE = /^(ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+$/;

export function isHostKeyLine(line: string): boolean {
  const [type = "", key = "", ...rest] = line.split(" ");
  const isBase64 = /^([A-Za-z0-9+/]{4}){10,}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(key);
  // The decoded key begins with the length of its type in four bytes, then the type.
  return isBase64 && KEY_TYPE.test(type) && atob(key).slice(4, 4 + type.length) === type && rest.length === 0;
}

export const HostAddress = z.string().max(253).refine(isHostAddress, { error: "not-a-host" });
export const SshUser = z.string().max(64).refine(isSshUser, { error: "not-a-user-name" });
export const BaseFolder = z.string().max(200).refine(isBaseFolder, { error: "not-a-base-folder" });
export const HostKeyLine = z
  .string()
  .max(8_192)
  .overwrite(withoutNames)
  .refine(isHostKeyLine, { error: "not-a-host-key" })
  .describe("The server's public key, as ssh-keyscan prints it");

const privateKey = z.strictObject({
  kind: z.literal("private-key"),
  privateKey: z.string().min(1).max(32_768).register(verbatim),
  passphrase: z.string().max(1_024).register(verbatim).optional(),
});
const agent = z.strictObject({ kind: z.literal("agent") });
const same = z.strictObject({ kind: z.literal("same") });

/** The credentials: a private key, stored encrypted and never shown again, or the SSH agent of Landfall's process. */
export const SshKeyInput = z.discriminatedUnion("kind", [privateKey, agent]);
export type SshKeyInput = z.infer<typeof SshKeyInput>;
export const JumpKeyInput = z.discriminatedUnion("kind", [privateKey, agent, same]);
export type JumpKeyInput = z.infer<typeof JumpKeyInput>;

/** The jump host. Without a key it uses its stored key, or the server's key when there is none. */
export const SshJumpInput = z.strictObject({
  host: HostAddress,
  port: Port.default(STANDARD_PORT),
  user: SshUser.default(STANDARD_USER),
  hostKey: HostKeyLine,
  key: JumpKeyInput.optional(),
});
export type SshJumpInput = z.infer<typeof SshJumpInput>;

/** The public facts of a key. `file`: the key at SSH_KEY_PATH, read at each use. */
export const SshKeyFacts = z.object({
  kind: z.enum(["private-key", "agent", "file", "same"]),
  keyType: z.string().nullable(),
  fingerprint: z.string().nullable(),
});
export type SshKeyFacts = z.infer<typeof SshKeyFacts>;

export const HostKeyView = z.object({ keyType: z.string(), fingerprint: z.string(), line: z.string() });
export type HostKeyView = z.infer<typeof HostKeyView>;

/** The connection without its secrets. */
export const SshView = z.object({
  host: z.string(),
  port: z.int(),
  user: z.string(),
  base: z.string(),
  publicHost: z.string().nullable().describe("What people reach its services at, when that is another address"),
  key: SshKeyFacts,
  /** Null until a person has confirmed the fingerprint: nothing is sent before that. */
  hostKey: HostKeyView.nullable(),
  isHostKeyFixed: z.boolean().describe("Set by the environment, so another one is accepted only there"),
  jump: z
    .object({ host: z.string(), port: z.int(), user: z.string(), key: SshKeyFacts, hostKey: HostKeyView })
    .nullable(),
});
export type SshView = z.infer<typeof SshView>;

/** Where to read a host key from. Omitted secrets are those of `target`. */
export const HostKeyRequest = z.strictObject({
  host: HostAddress,
  port: Port.default(STANDARD_PORT),
  jump: SshJumpInput.nullish(),
  key: SshKeyInput.optional().describe("What a jump host whose key is “same” is signed in to with"),
  target: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe("Name of a target whose stored keys are used where none is given"),
});
export type HostKeyRequest = z.infer<typeof HostKeyRequest>;
