import { bodyOf, typedOf } from "@/components/forms/contract-values";
import {
  HostKeyRequest,
  type HostKeyView,
  type SshKeyFacts,
  STANDARD_BASE,
  STANDARD_PORT,
  STANDARD_USER,
} from "@/lib/contracts/ssh";
import type { TargetView } from "@/lib/contracts/target";

/** The values of the server form's controls, in the shape of its contract. */
export interface ServerValues {
  name: string;
  host: string;
  port: string;
  user: string;
  base: string;
  publicHost: string;
  concurrency: string;
  key: KeyValues;
  /** The key that a person confirmed. */
  hostKey: HostKeyView | null;
  jump: JumpValues | null;
}

export interface JumpValues {
  host: string;
  port: string;
  user: string;
  hostKey: HostKeyView | null;
  key: KeyValues;
}

/** `kept`: the stored key. `same`: the jump host uses the server's key. */
export interface KeyValues {
  kind: "private-key" | "agent" | "kept" | "same";
  privateKey: string;
  passphrase: string;
}

export const NO_KEY = { privateKey: "", passphrase: "" };

export const emptyServer: ServerValues = {
  name: "",
  host: "",
  port: String(STANDARD_PORT),
  user: STANDARD_USER,
  base: STANDARD_BASE,
  publicHost: "",
  concurrency: "4",
  key: { kind: "private-key", ...NO_KEY },
  hostKey: null,
  jump: null,
};

export const emptyJump: JumpValues = {
  host: "",
  port: String(STANDARD_PORT),
  user: STANDARD_USER,
  hostKey: null,
  key: { kind: "same", ...NO_KEY },
};

export function valuesOfServer({ name, ssh, concurrency }: TargetView): ServerValues {
  if (!ssh) return { ...emptyServer, name };
  const { host, port, user, base, publicHost, hostKey, jump } = ssh;
  return {
    ...emptyServer,
    ...(typedOf({ name, host, port, user, base, publicHost, concurrency }) as Partial<ServerValues>),
    key: { kind: "kept", ...NO_KEY },
    hostKey,
    jump: jump && { ...jump, port: String(jump.port), key: { kind: keptKind(jump.key), ...NO_KEY } },
  };
}

function keptKind({ kind }: SshKeyFacts): KeyValues["kind"] {
  return kind === "same" ? "same" : "kept";
}

/** Sends the line of a confirmed host key, and no key where the stored one is kept. */
export function prepareServer({ key, hostKey, jump, ...values }: ServerValues): Record<string, unknown> {
  return {
    ...values,
    kind: "ssh",
    key: keyOf(key),
    hostKey: hostKey?.line,
    jump: jump && { ...jump, hostKey: jump.hostKey?.line, key: keyOf(jump.key) },
  };
}

/** The request that reads the server's key; `target` provides the stored keys. */
export function hostKeyRequestOf(values: ServerValues, target?: string): Record<string, unknown> {
  const { key, ...prepared } = prepareServer(values);
  return requestOf({ ...prepared, ...(values.jump && { key }), target });
}

/** The jump host's own key is read directly. */
export function jumpKeyRequestOf({ host, port }: JumpValues): Record<string, unknown> {
  return requestOf({ host, port });
}

function requestOf(values: Record<string, unknown>): Record<string, unknown> {
  return bodyOf(HostKeyRequest, values) as Record<string, unknown>;
}

/** Suggests web-1 for `web-1.example.com`, and nothing for an IP address. */
export function suggestedName(host: string): string {
  const [first = ""] = host.trim().toLowerCase().split(".");
  return /^[\d.:a-f]*:|^\d+$/.test(first) ? "" : first.replaceAll(/[^a-z0-9-]/g, "-").replaceAll(/^-+|-+$/g, "");
}

function keyOf({ kind, ...key }: KeyValues): Record<string, unknown> | undefined {
  return kind === "kept" ? undefined : { kind, ...key };
}
