/*
 * One key takes over from another while everything runs. The order makes it safe:
 *   1. the new key is added behind the others, and every process has it: whatever is sealed with it will be readable;
 *   2. it becomes the first, and every process has seen that: nothing more is sealed under the others;
 *   3. everything is sealed anew; what was sealed before step 2 and committed after its turn is found by another pass;
 *   4. the others are dropped.
 * Interrupted anywhere, every text is readable, and beginning again does the whole of it with another new key.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { PROCESS_GONE_MS } from "@/lib/platform/announce-process";
import { db } from "@/lib/platform/db/client";
import { keyRing, parseKeys } from "@/lib/platform/secrets/key-ring";
import { readKeyFile, writeKeyFile } from "./key-file";
import { type ResealCount, reseal } from "./reseal";

/** A change that was sealed just before the switch has committed by then, or never will (lib/platform/db/client.ts transaction). */
const SETTLE_MS = 30_000;
/** Six signs of life. */
const PATIENCE_MS = 30_000;

export type RotationStep = "read" | "first" | "reseal" | "settle" | "drop";

interface RotationOptions {
  /** Told as each step begins. */
  onStep?: (step: RotationStep) => void;
  settleMs?: number;
  patienceMs?: number;
}

export type Rotation =
  | { outcome: "rotated"; counts: ResealCount[] }
  /** These processes did not take the new keys up; everything stays readable, and the older keys are still there. */
  | { outcome: "behind"; processes: RunningProcess[] };

/** For keys in a file that this process may replace. This process must read its own keys from it too. */
export async function rotateKeyFile(file: string, options: RotationOptions = {}): Promise<Rotation> {
  const { onStep = () => {}, patienceMs = PATIENCE_MS } = options;
  const older = await readKeyFile(file);
  const fresh = randomBytes(32).toString("hex");
  const { id } = parseKeys(fresh)[0];

  onStep("read");
  await writeKeyFile(file, [...older, fresh]);
  const unread = await waitForProcesses((keyIds) => keyIds.includes(id), { patienceMs });
  if (unread.length > 0) return { outcome: "behind", processes: unread };

  onStep("first");
  await writeKeyFile(file, [fresh, ...older]);
  const result = await resealUnderFirst(options);
  if (result.outcome === "behind") return result;

  onStep("drop");
  await writeKeyFile(file, [fresh]);
  return result;
}

/** Everything under the first key of this process, once every living process seals under it too. Drops nothing. */
export async function resealUnderFirst(options: RotationOptions = {}): Promise<Rotation> {
  const { onStep = () => {}, patienceMs = PATIENCE_MS, settleMs = SETTLE_MS } = options;
  const { id } = keyRing()[0];
  const processes = await waitForProcesses((keyIds) => keyIds[0] === id, { patienceMs });
  if (processes.length > 0) return { outcome: "behind", processes };

  onStep("reseal");
  const first = await reseal();
  if ((await livingProcesses()).length > 0) {
    onStep("settle");
    await sleep(settleMs);
  }
  return { outcome: "rotated", counts: await resealTheRest(first) };
}

/** Passes until one finds nothing that can be sealed anew. */
async function resealTheRest(counts: ResealCount[]): Promise<ResealCount[]> {
  const more = await reseal();
  const sum = counts.map((count, index) => added(count, more[index] ?? count));
  return more.some(({ resealed, passedOver }) => resealed + passedOver > 0) ? resealTheRest(sum) : sum;
}

function added(before: ResealCount, pass: ResealCount): ResealCount {
  return { ...pass, resealed: before.resealed + pass.resealed };
}

/** A process says which keys it has with every sign of life (lib/platform/announce-process.ts), every five seconds. */
const LOOK_EVERY_MS = 250;

interface RunningProcess {
  role: string;
  host: string;
  pid: number;
}

/** Which keys (their ids, the first one first) every living process has to have before the rotation may go on. */
type Has = (keyIds: readonly string[]) => boolean;

/** Waits until every living process has what it should. Answers those that still have not when the time is over. */
async function waitForProcesses(has: Has, { patienceMs }: { patienceMs: number }): Promise<RunningProcess[]> {
  const giveUpMs = performance.now() + patienceMs;
  for (;;) {
    const behind = (await livingProcesses()).filter(({ secretKeys }) => !has(secretKeys));
    if (behind.length === 0 || performance.now() > giveUpMs) return behind;
    await sleep(LOOK_EVERY_MS);
  }
}

function livingProcesses() {
  return db.process.findMany({ where: { seenAt: { gt: new Date(Date.now() - PROCESS_GONE_MS) } } });
}
