/*
 * Replaces the key while everything runs. The order makes it safe:
 *   1. the new key is added behind the others, and every process loads it: what is encrypted with it will be readable;
 *   2. it becomes the first, and every process has loaded that: nothing is encrypted under the others any more;
 *   3. everything is re-encrypted; another pass finds what was encrypted before step 2 and committed after its turn;
 *   4. the others are dropped.
 * Every text stays readable after an interruption, and a restart does all of it with another new key.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { PROCESS_GONE_MS } from "@/lib/platform/announce-process";
import { db } from "@/lib/platform/db/client";
import { keyRing, parseKeys } from "@/lib/platform/secrets/key-ring";
import { readKeyFile, writeKeyFile } from "./key-file";
import { type ResealCount, reseal } from "./reseal";

/** A change made before the switch has committed by then, or never will (lib/platform/db/client.ts transaction). */
const SETTLE_MS = 30_000;
/** Six heartbeats. */
const PATIENCE_MS = 30_000;

export type RotationStep = "read" | "first" | "reseal" | "settle" | "drop";

interface RotationOptions {
  /** Called at the start of each step. */
  onStep?: (step: RotationStep) => void;
  settleMs?: number;
  patienceMs?: number;
}

export type Rotation =
  | { outcome: "rotated"; counts: ResealCount[] }
  /** These processes did not load the new keys. Every text stays readable, and the older keys are kept. */
  | { outcome: "behind"; processes: RunningProcess[] };

/** For keys in a file that this process can replace and reads its own keys from. */
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

/** Re-encrypts all texts under this process's first key, once every running process uses it. Drops no key. */
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

/** Repeats until a pass finds nothing to re-encrypt. */
async function resealTheRest(counts: ResealCount[]): Promise<ResealCount[]> {
  const more = await reseal();
  const sum = counts.map((count, index) => added(count, more[index] ?? count));
  return more.some(({ resealed, passedOver }) => resealed + passedOver > 0) ? resealTheRest(sum) : sum;
}

function added(before: ResealCount, pass: ResealCount): ResealCount {
  return { ...pass, resealed: before.resealed + pass.resealed };
}

/** A process reports its keys with every heartbeat (lib/platform/announce-process.ts), every five seconds. */
const LOOK_EVERY_MS = 250;

interface RunningProcess {
  role: string;
  host: string;
  pid: number;
}

/** The key ids, in order, that every running process must have before the rotation continues. */
type Has = (keyIds: readonly string[]) => boolean;

/** Waits until every running process has the keys. Returns those that do not when the time is over. */
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
