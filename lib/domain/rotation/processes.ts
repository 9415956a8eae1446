import { setTimeout as sleep } from "node:timers/promises";
import { PROCESS_GONE_MS } from "@/lib/platform/announce-process";
import { db } from "@/lib/platform/db/client";

/** A process says which keys it has with every sign of life (lib/platform/announce-process.ts), every five seconds. */
const LOOK_EVERY_MS = 250;

export interface RunningProcess {
  role: string;
  host: string;
  pid: number;
}

/** Which keys (their ids, the first one first) every living process has to have before the rotation may go on. */
export type Has = (keyIds: readonly string[]) => boolean;

/** Waits until every living process has what it should. Answers those that still have not when the time is over. */
export async function waitForProcesses(has: Has, { patienceMs }: { patienceMs: number }): Promise<RunningProcess[]> {
  const giveUpMs = performance.now() + patienceMs;
  for (;;) {
    const behind = (await livingProcesses()).filter(({ secretKeys }) => !has(secretKeys));
    if (behind.length === 0 || performance.now() > giveUpMs) return behind;
    await sleep(LOOK_EVERY_MS);
  }
}

export function livingProcesses() {
  return db.process.findMany({ where: { seenAt: { gt: new Date(Date.now() - PROCESS_GONE_MS) } } });
}
