import type { HostKeyView, SshKeyFacts } from "@/lib/contracts/ssh";
import type { TargetView } from "@/lib/contracts/target";

/** A server as it is typed: text that is not right yet stays as it is, and the server says what is wrong with it. */
export interface ServerDraft {
  name: string;
  host: string;
  port: string;
  user: string;
  base: string;
  publicHost: string;
  concurrency: string;
  key: KeyDraft;
  /** The one that a person confirmed. */
  hostKey: HostKeyView | null;
  jump: JumpDraft | null;
}

export interface JumpDraft {
  host: string;
  port: string;
  user: string;
  hostKey: HostKeyView | null;
  key: KeyDraft;
}

/** `kept`: the one that is stored. `same`: a jump host that takes the server's. */
export interface KeyDraft {
  kind: "private-key" | "agent" | "kept" | "same";
  privateKey: string;
  passphrase: string;
}

const noKey = { privateKey: "", passphrase: "" };

export const emptyServer: ServerDraft = {
  name: "",
  host: "",
  port: "22",
  user: "root",
  base: "/opt/landfall/services",
  publicHost: "",
  concurrency: "4",
  key: { kind: "private-key", ...noKey },
  hostKey: null,
  jump: null,
};

export const emptyJump: JumpDraft = {
  host: "",
  port: "22",
  user: "root",
  hostKey: null,
  key: { kind: "same", ...noKey },
};

export function draftOfServer({ name, ssh, concurrency }: TargetView): ServerDraft {
  if (!ssh) return { ...emptyServer, name };
  const { host, port, user, base, publicHost, hostKey, jump } = ssh;
  return {
    name,
    host,
    port: String(port),
    user,
    base,
    publicHost: publicHost ?? "",
    concurrency: String(concurrency),
    key: { kind: "kept", ...noKey },
    hostKey,
    jump: jump && {
      host: jump.host,
      port: String(jump.port),
      user: jump.user,
      hostKey: jump.hostKey,
      key: { kind: keptKind(jump.key), ...noKey },
    },
  };
}

function keptKind({ kind }: SshKeyFacts): KeyDraft["kind"] {
  return kind === "same" ? "same" : "kept";
}

/** What creating, changing and testing send. What is empty is left out: the answer says that it is needed. */
export function bodyOfServer(draft: ServerDraft) {
  return {
    name: typed(draft.name),
    host: typed(draft.host),
    port: asNumber(draft.port),
    user: typed(draft.user),
    base: typed(draft.base),
    publicHost: typed(draft.publicHost) ?? null,
    concurrency: asNumber(draft.concurrency),
    key: keyOf(draft.key),
    hostKey: draft.hostKey?.line,
    jump: jumpOf(draft.jump),
  };
}

/** What the server's key is read with; `target` lends the keys that are kept. */
export function hostKeyRequestOf(draft: ServerDraft, target?: string) {
  const { host, port, jump, key } = bodyOfServer(draft);
  return { host, port, jump, ...(jump && { key }), target };
}

/** The jump host's own key is asked for without a way through anything. */
export function jumpKeyRequestOf({ host, port }: JumpDraft) {
  return { host: typed(host), port: asNumber(port) };
}

/** `web-1.example.com` is probably web-1. An IP address suggests nothing. */
export function suggestedName(host: string): string {
  const [first = ""] = host.trim().toLowerCase().split(".");
  return /^[\d.:a-f]*:|^\d+$/.test(first) ? "" : first.replaceAll(/[^a-z0-9-]/g, "-").replaceAll(/^-+|-+$/g, "");
}

function jumpOf(jump: JumpDraft | null) {
  if (!jump) return null;
  return {
    host: typed(jump.host),
    port: asNumber(jump.port),
    user: typed(jump.user),
    hostKey: jump.hostKey?.line,
    key: keyOf(jump.key),
  };
}

function keyOf({ kind, privateKey, passphrase }: KeyDraft) {
  if (kind === "kept") return undefined;
  return kind === "private-key"
    ? { kind, privateKey: privateKey || undefined, passphrase: passphrase || undefined }
    : { kind };
}

function typed(text: string): string | undefined {
  return text.trim() || undefined;
}

/** Text that is no number is sent as it is: the answer names the field. */
function asNumber(text: string): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : trimmed;
}
