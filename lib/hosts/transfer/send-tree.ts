import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@/lib/contracts/problem";
import type { Host, PutTreeOptions, PutTreeResult, SourceTree } from "../host";
import { stagingPath } from "../unfinished";
import { type PackPart, packTree } from "./pack-tree";
import { type Placing, placeTree } from "./place-tree";
import { planTransfer, type TransferPlan } from "./plan-transfer";

/** A second for the files that the base's service has changed, a third for a pack that arrived incomplete. */
const MAX_PACKS = 3;

/**
 * Sends a tree into a directory on the host that does not exist yet; it appears whole, with every file's digest compared
 * there, or not at all. One upload and one command: files unchanged since the base are copied from it on the host, the rest
 * is sent in one pack. Unfinished transfers are in `stagingPath(to)`, and a later call, by any process, continues them.
 * Rejects with `transfer-failed`, `tool-missing`, `disk-full` (or the ENOSPC of a write), and with the last lost connection
 * when the host does not come back.
 */
export async function sendTree(
  remote: TransferRemote,
  tree: SourceTree,
  to: string,
  options: PutTreeOptions,
): Promise<PutTreeResult> {
  const refused = new Set<string>();
  for (let packs = 1; ; packs += 1) {
    const plan = planTransfer(tree, options.base?.entries ?? [], refused);
    const placing = await deliver({ remote, tree, to, options, plan });
    if (placing.outcome === "placed") return plan.result;
    if (packs === MAX_PACKS) throw refusal(placing);
    for (const path of placing.paths) refused.add(path);
  }
}

/**
 * The host of a transfer: three methods of every host, and one that only matters over a network. All four act as the
 * same user on the host. Each rejects with `host-lost` when the connection is lost; the next call opens a new one (with
 * the host's own back-off) or rejects with `host-lost` or `host-unreachable`.
 */
export interface TransferRemote extends Pick<Host, "run" | "stat" | "makeDirectory"> {
  /**
   * Writes all chunks into one file from byte `position` on, in order, with many writes in flight; existing content stays (no
   * truncation). Creates the file (0600) when it does not exist, in a directory that does. Pulls a chunk only when there is
   * room for it, and ends the iterator when it fails. The iterator's own error is passed on; a full disk is an error with
   * the code ENOSPC.
   */
  upload(
    path: string,
    position: number,
    chunks: AsyncIterable<Buffer>,
    options?: {
      signal?: AbortSignal;
      /** Bytes of `chunks` that the host has confirmed so far. */
      onWritten?: (bytes: number) => void;
    },
  ): Promise<void>;
}

interface Delivery {
  remote: TransferRemote;
  tree: SourceTree;
  to: string;
  options: PutTreeOptions;
  plan: TransferPlan;
}

/** Uploads one pack and unpacks it, however often the connection is lost. */
function deliver({ remote, tree, to, options, plan }: Delivery): Promise<Placing> {
  const { signal, base, onProgress } = options;
  const { atHand, result } = plan;
  const staging = stagingPath(to);
  let sentBytes = 0;
  const report = (sent: Sent) => {
    sentBytes = sent.bytes;
    const done = { bytes: atHand.bytes + sent.bytes, files: atHand.files + sent.files };
    onProgress?.({ ...done, totalBytes: result.bytes, totalFiles: result.files });
  };
  const attempt = async (isRepeat: boolean): Promise<Placing> => {
    // No one else creates it: only the answer was lost.
    if (isRepeat && (await remote.stat(to))) return { outcome: "placed" };
    const pack = packTree(tree.root, plan);
    await uploadPack(remote, join(staging, plan.packName), pack, { signal, onProgress: report });
    return placeTree(remote, { staging, to, base: base?.path }, plan, signal);
  };
  return despiteLosses(attempt, () => sentBytes, signal);
}

function refusal({ paths: [path], detail }: Extract<Placing, { outcome: "refused" }>): Problem {
  if (path === undefined) return new Problem("transfer-failed", { detail });
  return new Problem("transfer-failed", { params: { path }, detail: `${path} did not arrive as it was sent` });
}

/** Lost connections in a row without progress; the pauses before them add up to 16 s. */
const MAX_LOSSES = 6;
const FIRST_PAUSE_MS = 250;

/**
 * Retries an attempt that a lost connection interrupted, as long as each gets further than all before it; rejects with the
 * last loss otherwise. `attempt` is told whether it is a repeat, `reached` returns the progress of all attempts.
 */
export async function despiteLosses<T>(
  attempt: (isRepeat: boolean) => Promise<T>,
  reached: () => number,
  signal: AbortSignal | undefined,
  firstPauseMs = FIRST_PAUSE_MS,
): Promise<T> {
  let furthest = reached();
  let isRepeat = false;
  for (let losses = 0; ; isRepeat = true) {
    try {
      return await attempt(isRepeat);
    } catch (error) {
      signal?.throwIfAborted();
      losses = reached() > furthest ? 1 : losses + 1;
      if (!isLoss(error) || losses > MAX_LOSSES) throw error;
      furthest = Math.max(furthest, reached());
    }
    const pause = sleep(firstPauseMs * 2 ** (losses - 1), undefined, { signal });
    // Its own error hides the reason.
    await pause.catch(() => signal?.throwIfAborted());
  }
}

function isLoss(error: unknown): boolean {
  return error instanceof Problem && (error.code === "host-lost" || error.code === "host-unreachable");
}

interface Sent {
  bytes: number;
  files: number;
}

/**
 * Uploads a pack into a file on the host, from where an earlier attempt was cut. An existing file is a beginning of the same
 * pack: its name identifies it, and writes arrive in order. If it is not, the pack's checksums find it later. Reports how much
 * of the source the host has, first when the upload begins or continues.
 */
async function uploadPack(
  remote: TransferRemote,
  path: string,
  parts: AsyncIterable<PackPart>,
  options: { signal: AbortSignal | undefined; onProgress: (sent: Sent) => void },
): Promise<void> {
  const [there] = await Promise.all([remote.stat(path), remote.makeDirectory(dirname(path))]);
  const position = there?.size ?? 0;
  const milestones = new Milestones(options.onProgress);
  if (position === 0) options.onProgress({ bytes: 0, files: 0 });
  const missing = async function* () {
    for await (const part of parts) {
      const skipped = position - milestones.pass(part);
      if (skipped < part.data.length) yield part.data.subarray(Math.max(0, skipped));
    }
  };
  const onWritten = (bytes: number) => milestones.reach(position + bytes);
  await remote.upload(path, position, missing(), { signal: options.signal, onWritten });
  milestones.reach(Number.POSITIVE_INFINITY);
}

/** Maps bytes of the pack to the bytes and files of the source that are complete there. */
class Milestones {
  readonly #onReached: (sent: Sent) => void;
  #ahead: (Sent & { end: number })[] = [];
  #last = { end: 0, bytes: 0, files: 0 };

  constructor(onReached: (sent: Sent) => void) {
    this.#onReached = onReached;
  }

  /** Returns where in the pack the part begins. */
  pass({ data, bytes, files }: PackPart): number {
    const { end: begin, ...before } = this.#last;
    this.#last = { end: begin + data.length, bytes: before.bytes + bytes, files: before.files + files };
    this.#ahead.push(this.#last);
    return begin;
  }

  reach(position: number): void {
    const reached = this.#ahead.findLast(({ end }) => end <= position);
    if (!reached) return;
    this.#ahead = this.#ahead.filter(({ end }) => end > position);
    this.#onReached({ bytes: reached.bytes, files: reached.files });
  }
}
