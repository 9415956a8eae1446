import { type FieldError, Problem } from "@/lib/contracts/problem";
import type { HostKeyRequest, SshJumpInput, SshKeyInput } from "@/lib/contracts/ssh";
import type { SshLogin } from "@/lib/hosts/ssh/settings";
import { type HeldKey, takeKey, toLogin } from "./ssh-login";
import type { SshTarget } from "./ssh-target";

/** A server as a person describes it. */
export interface SshDraft {
  host: string;
  port: number;
  user: string;
  base: string;
  publicHost?: string | null | undefined;
  key?: SshKeyInput | undefined;
  jump?: SshJumpInput | null | undefined;
  hostKey: string | null;
}

/** A key that is not given is the one of `known`. Throws one problem that names every key that is wrong. */
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

/** How to sign in to the jump host on the way to a server that nobody signs in to yet. */
export async function takeJump(request: HostKeyRequest, known: SshTarget | null): Promise<SshLogin | undefined> {
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
