import { isDeepStrictEqual } from "node:util";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { type Env, env } from "@/lib/platform/env";
import { failedCheck } from "./failed-check";
import { freeName } from "./free-name";
import { SshTargetSettings } from "./ssh-target";
import { insertTarget, lockTargetList, type TargetRow, updateTarget } from "./target-store";

type ServerVariables = Pick<
  Env,
  "SERVER_HOST" | "SERVER_PORT" | "SERVER_USER" | "SERVER_HOST_KEY" | "SERVICES_DIR" | "SSH_KEY_PATH"
>;

/**
 * The read-only row for the server that SERVER_HOST and friends name. It follows them at every start, and is disabled
 * while they name none. Its key stays where SSH_KEY_PATH says.
 */
export async function ensureEnvironmentTarget(given: ServerVariables = env): Promise<void> {
  const wanted = await settingsFrom(given);
  const hostKey = given.SERVER_HOST_KEY ?? null;
  await transaction(async (tx) => {
    const targets = await lockTargetList(tx);
    const known = targets.find(({ kind, readOnly }) => kind === "ssh" && readOnly);
    if (known) return wanted ? follow(tx, known, wanted, hostKey) : rest(tx, known);
    if (!wanted) return;
    await insertTarget(tx, {
      name: freeName("server", targets),
      kind: "ssh",
      settings: wanted,
      hostKey,
      readOnly: true,
    });
  });
}

async function settingsFrom(given: ServerVariables): Promise<SshTargetSettings | null> {
  if (given.SERVER_HOST === undefined) return null;
  // With it comes the SSH library: a worker without servers holds 19 MiB less.
  const { factsOfKeyFile } = await import("./ssh-keys");
  return {
    host: given.SERVER_HOST,
    port: given.SERVER_PORT,
    user: given.SERVER_USER,
    base: given.SERVICES_DIR,
    publicHost: null,
    key: await factsOfKeyFile(given.SSH_KEY_PATH),
    jump: null,
    isHostKeyFixed: given.SERVER_HOST_KEY !== undefined,
    goneAt: null,
  };
}

/** A key that a person confirmed holds for the address it was confirmed for. */
async function follow(tx: Tx, known: TargetRow, wanted: SshTargetSettings, given: string | null): Promise<void> {
  const was = SshTargetSettings.parse(known.settings);
  const isSamePlace = was.host === wanted.host && was.port === wanted.port;
  const hostKey = given ?? (isSamePlace ? known.hostKey : null);
  const isBack = was.goneAt !== null && known.disabledAt?.toISOString() === was.goneAt;
  if (isDeepStrictEqual(was, wanted) && hostKey === known.hostKey) return;
  await updateTarget(tx, known.id, {
    settings: wanted,
    hostKey,
    ...(isBack && { disabledAt: null }),
    lastCheckAt: null, // it is due: what was seen before is about what was
  });
}

async function rest(tx: Tx, known: TargetRow): Promise<void> {
  const was = SshTargetSettings.parse(known.settings);
  if (was.goneAt !== null) return;
  const now = new Date();
  await updateTarget(tx, known.id, {
    settings: { ...was, goneAt: now.toISOString() },
    disabledAt: known.disabledAt ?? now,
    lastCheck: failedCheck({ code: "target-unset", params: {} }),
    lastCheckAt: now,
  });
}
