import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { PROCESS_GONE_MS } from "@/lib/platform/process-gone";
import { keyRing } from "@/lib/platform/secrets/key-ring";
import { holdsPermit, NEWEST_FORMAT, readOlder, writeFormat } from "@/lib/platform/secrets/seal";
import { VERSION } from "@/lib/platform/version";

export { PROCESS_GONE_MS };

const BEAT_MS = 5_000;
/** Rows of ended processes are kept this long for diagnosis. The next process to start deletes them. */
const FORGET_MS = 24 * 60 * 60_000;

export interface AnnouncedProcess {
  id: string;
  stop(): Promise<void>;
}

/**
 * Encrypted texts are bound to their places once no running process needs an older format and none may start again.
 * Older formats need a permit, which only the key can create: no row of the database can re-enable them by itself.
 */
export async function chooseSealFormat(): Promise<void> {
  const since = new Date(Date.now() - PROCESS_GONE_MS);
  const [older, sealing] = await Promise.all([
    db.process.count({ where: { seenAt: { gt: since }, sealFormat: { lt: NEWEST_FORMAT } } }),
    db.sealing.findFirst(),
  ]);
  const isPermitted = holdsPermit(sealing?.permit);
  readOlder(isPermitted);
  const isTime = sealing !== null && sealing.boundFrom.getTime() <= Date.now();
  writeFormat(isPermitted && (older > 0 || !isTime) ? 2 : NEWEST_FORMAT);
}

/** Keeps this process's row in `process` fresh, so that the health page can count the running processes. */
export async function announceProcess(role: "web" | "worker"): Promise<AnnouncedProcess> {
  const id = randomUUID();
  const facts = { role, host: hostname(), pid: process.pid, version: VERSION, sealFormat: NEWEST_FORMAT };
  const beat = async () => {
    // A key rotation continues once every process has reported that it has the new key (lib/domain/rotation).
    const secretKeys = keyRing().map((key) => key.id);
    const seenAt = new Date();
    await db.process.upsert({ where: { id }, create: { id, ...facts, secretKeys }, update: { seenAt, secretKeys } });
    if (env.LANDFALL_HEARTBEAT_FILE) await writeFile(env.LANDFALL_HEARTBEAT_FILE, "");
    await chooseSealFormat();
  };
  await beat();
  await db.process.deleteMany({ where: { seenAt: { lt: new Date(Date.now() - FORGET_MS) } } });
  const timer = setInterval(() => {
    beat().catch((error: unknown) =>
      log.warn({ err: error }, "this process could not say that it is alive; trying again"),
    );
  }, BEAT_MS);
  return {
    id,
    async stop() {
      clearInterval(timer);
      await db.process.deleteMany({ where: { id } });
    },
  };
}
