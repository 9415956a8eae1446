import { isDeepStrictEqual } from "node:util";
import { v7 as uuidv7 } from "uuid";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { type Env, env } from "@/lib/platform/env";
import { type DokployTarget, DokployTargetSettings, toDokployColumns, toDokployTarget } from "./dokploy-target";
import { failedCheck } from "./failed-check";
import { freeName } from "./free-name";
import { insertTarget, lockTargetList, type TargetRow, updateTarget } from "./target-store";

type DokployVariables = Pick<Env, "DOKPLOY_URL" | "DOKPLOY_API_TOKEN" | "DOKPLOY_HTTP_PORT" | "DOKPLOY_HTTPS_PORT">;

/**
 * The read-only row for the server that DOKPLOY_URL and DOKPLOY_API_TOKEN name. It follows them at every start, and is
 * disabled while they name none.
 */
export async function ensureEnvironmentDokploy(given: DokployVariables = env): Promise<void> {
  const wanted = targetFrom(given);
  await transaction(async (tx) => {
    const targets = await lockTargetList(tx);
    const known = targets.find(({ kind, readOnly }) => kind === "dokploy" && readOnly);
    if (known) return wanted ? follow(tx, known, wanted) : rest(tx, known);
    if (!wanted) return;
    const name = freeName("dokploy", targets);
    const id = uuidv7();
    await insertTarget(tx, { id, name, kind: "dokploy", readOnly: true, ...toDokployColumns(id, wanted) });
  });
}

function targetFrom(given: DokployVariables): DokployTarget | null {
  const { DOKPLOY_URL: url, DOKPLOY_API_TOKEN: apiKey } = given;
  if (url === undefined || apiKey === undefined) return null;
  const ports = { httpPort: given.DOKPLOY_HTTP_PORT, httpsPort: given.DOKPLOY_HTTPS_PORT };
  return {
    settings: DokployTargetSettings.parse({ url, ...ports }),
    secrets: { apiKey },
  };
}

async function follow(tx: Tx, known: TargetRow, wanted: DokployTarget): Promise<void> {
  const was = toDokployTarget(known);
  const isSame = isDeepStrictEqual(was?.settings, wanted.settings) && wanted.secrets.apiKey.equals(was?.secrets.apiKey);
  if (isSame) return;
  const isBack = was?.settings.goneAt != null && known.disabledAt?.toISOString() === was.settings.goneAt;
  await updateTarget(tx, known.id, {
    ...toDokployColumns(known.id, wanted),
    ...(isBack && { disabledAt: null }),
    lastCheckAt: null, // it is due: what was seen before is about what was
  });
}

async function rest(tx: Tx, known: TargetRow): Promise<void> {
  const was = DokployTargetSettings.parse(known.settings);
  if (was.goneAt !== null) return;
  const now = new Date();
  await updateTarget(tx, known.id, {
    settings: { ...was, goneAt: now.toISOString() },
    disabledAt: known.disabledAt ?? now,
    lastCheck: failedCheck({ code: "target-unset", params: {} }),
    lastCheckAt: now,
  });
}
