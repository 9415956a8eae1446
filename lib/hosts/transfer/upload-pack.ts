import { dirname } from "node:path";
import type { PackPart } from "./pack-tree";
import type { TransferRemote } from "./transfer-remote";

export interface Sent {
  bytes: number;
  files: number;
}

/**
 * Brings a pack into a file on the host, from where an earlier attempt was cut. What lies there is a beginning of the
 * same pack: its name says so, and writes arrive in order. Should it not be, the pack's checksums say so later. Tells
 * what of the source the host has; the first time when it begins, or goes on.
 */
export async function uploadPack(
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

/** What of the source is complete at which byte of the pack. */
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
