import { isDeepStrictEqual } from "node:util";
import { v7 as uuidv7 } from "uuid";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { type Env, env } from "@/lib/platform/env";
import { type DokployTarget, DokployTargetSettings, toDokployColumns, toDokployTarget } from "./dokploy/kind";
import { failedCheck, type TargetRow } from "./kind";
import { machineOf } from "./local";
import { machineId } from "./machine-id";
import { SshTargetSettings } from "./ssh/ssh-target";
import { insertLocalTarget, insertTarget, lockTargetList, updateTarget } from "./target-store";

/** The read-only targets that a worker creates and updates when it starts: this machine, and the servers that the environment names. */

/**
 * The row of the machine that this process runs on, created at the first start and found at every later one. It records
 * whether services there are isolated, which needs root (lib/drivers/process/supervisor/cage.ts).
 */
export async function ensureLocalTarget(isolates = process.getuid?.() === 0): Promise<TargetRow> {
  const machine = await machineId();
  return transaction(async (tx) => {
    const targets = await lockTargetList(tx);
    const known = targets.find((target) => target.kind === "local" && machineOf(target) === machine);
    const target = known ?? (await insertLocalTarget(tx, freeName("this-machine", targets), machine));
    if (target.settings.isolates !== isolates)
      await updateTarget(tx, target.id, { settings: { ...target.settings, isolates } });
    return { ...target, settings: { ...target.settings, isolates }, isolates };
  });
}

type ServerVariables = Pick<
  Env,
  "SERVER_HOST" | "SERVER_PORT" | "SERVER_USER" | "SERVER_HOST_KEY" | "SERVICES_DIR" | "SSH_KEY_PATH"
>;

/**
 * The row of the server that SERVER_HOST and the other variables name. It is updated at every start, and disabled while
 * they name none. Its key stays in the file at SSH_KEY_PATH.
 */
export async function ensureEnvironmentTarget(given: ServerVariables = env): Promise<void> {
  const wanted = await serverFrom(given);
  const hostKey = given.SERVER_HOST_KEY ?? null;
  await transaction(async (tx) => {
    const targets = await lockTargetList(tx);
    const known = targets.find(({ kind, readOnly }) => kind === "ssh" && readOnly);
    if (known) return wanted ? followServer(tx, known, wanted, hostKey) : disableTarget(tx, known);
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

async function serverFrom(given: ServerVariables): Promise<SshTargetSettings | null> {
  if (given.SERVER_HOST === undefined) return null;
  // This import loads the SSH library: a worker without servers needs 19 MiB less.
  const { factsOfKeyFile } = await import("./ssh/login");
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

/** A host key that a person confirmed is valid for the address it was confirmed for. */
async function followServer(tx: Tx, known: TargetRow, wanted: SshTargetSettings, given: string | null): Promise<void> {
  const was = SshTargetSettings.parse(known.settings);
  const isSameAddress = was.host === wanted.host && was.port === wanted.port;
  const hostKey = given ?? (isSameAddress ? known.hostKey : null);
  const isBack = was.goneAt !== null && known.disabledAt?.toISOString() === was.goneAt;
  if (isDeepStrictEqual(was, wanted) && hostKey === known.hostKey) return;
  await updateTarget(tx, known.id, {
    settings: wanted,
    hostKey,
    ...(isBack && { disabledAt: null }),
    lastCheckAt: null, // it is due: the last check was of the previous server
  });
}

type DokployVariables = Pick<Env, "DOKPLOY_URL" | "DOKPLOY_API_TOKEN" | "DOKPLOY_HTTP_PORT" | "DOKPLOY_HTTPS_PORT">;

/**
 * The row of the server that DOKPLOY_URL and DOKPLOY_API_TOKEN name. It is updated at every start, and disabled while
 * they name none.
 */
export async function ensureEnvironmentDokploy(given: DokployVariables = env): Promise<void> {
  const wanted = dokployFrom(given);
  await transaction(async (tx) => {
    const targets = await lockTargetList(tx);
    const known = targets.find(({ kind, readOnly }) => kind === "dokploy" && readOnly);
    if (known) return wanted ? followDokploy(tx, known, wanted) : disableTarget(tx, known);
    if (!wanted) return;
    const name = freeName("dokploy", targets);
    const id = uuidv7();
    await insertTarget(tx, { id, name, kind: "dokploy", readOnly: true, ...toDokployColumns(id, wanted) });
  });
}

function dokployFrom(given: DokployVariables): DokployTarget | null {
  const { DOKPLOY_URL: url, DOKPLOY_API_TOKEN: apiKey } = given;
  if (url === undefined || apiKey === undefined) return null;
  const ports = { httpPort: given.DOKPLOY_HTTP_PORT, httpsPort: given.DOKPLOY_HTTPS_PORT };
  return {
    settings: DokployTargetSettings.parse({ url, ...ports }),
    secrets: { apiKey },
  };
}

async function followDokploy(tx: Tx, known: TargetRow, wanted: DokployTarget): Promise<void> {
  const was = toDokployTarget(known);
  const isSame = isDeepStrictEqual(was?.settings, wanted.settings) && wanted.secrets.apiKey.equals(was?.secrets.apiKey);
  if (isSame) return;
  const isBack = was?.settings.goneAt != null && known.disabledAt?.toISOString() === was.settings.goneAt;
  await updateTarget(tx, known.id, {
    ...toDokployColumns(known.id, wanted),
    ...(isBack && { disabledAt: null }),
    lastCheckAt: null, // it is due: the last check was of the previous server
  });
}

/** Disables a server that the environment no longer names. */
async function disableTarget(tx: Tx, known: TargetRow): Promise<void> {
  if (typeof known.settings.goneAt === "string") return;
  const now = new Date();
  await updateTarget(tx, known.id, {
    settings: { ...known.settings, goneAt: now.toISOString() },
    disabledAt: known.disabledAt ?? now,
    lastCheck: failedCheck({ code: "target-unset", params: {} }),
    lastCheckAt: now,
  });
}

/** The wanted name, or `server-2` and so on where it is taken. */
export function freeName(wanted: string, targets: readonly { name: string }[]): string {
  const taken = new Set(targets.map(({ name }) => name));
  if (!taken.has(wanted)) return wanted;
  let number = 2;
  while (taken.has(`${wanted}-${number}`)) number += 1;
  return `${wanted}-${number}`;
}
