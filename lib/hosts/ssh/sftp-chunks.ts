import { abortable } from "./abortable";
import type { Sftp } from "./sftp";

/** What OpenSSH takes in one message, and how many are under way at once: enough to fill a way between two continents. */
const CHUNK_BYTES = 128 * 1024;
const MAX_CHUNKS = 16;
/** Most files are small: more than this is asked for only when the first answers show that there is more. */
const FIRST_CHUNKS = 2;

/**
 * The bytes of an open file from `start` to `end` (both inclusive), many reads under way at once. Works for files that
 * do not know their size, as those in /proc.
 */
export async function* readChunks(sftp: Sftp, handle: Buffer, start = 0, end = Number.POSITIVE_INFINITY) {
  let underWay: { position: number; length: number; data: Promise<Buffer> }[] = [];
  let limit = FIRST_CHUNKS;
  let next = start;
  const ask = () => {
    while (underWay.length < limit && next <= end) {
      const length = Math.min(CHUNK_BYTES, end - next + 1);
      const data = sftp.read(handle, next, length);
      // Handled where it is awaited; one that is dropped may fail unheard.
      data.catch(() => {});
      underWay.push({ position: next, length, data });
      next += length;
    }
  };
  for (ask(); ; ask()) {
    const first = underWay.shift();
    if (!first) return;
    const data = await first.data;
    if (data.length === 0) return;
    yield data;
    limit = Math.min(limit * 2, MAX_CHUNKS);
    if (data.length === first.length) continue;
    // A short answer is not the end. What was asked beyond the gap is asked again from there.
    underWay = [];
    next = first.position + data.length;
  }
}

export interface WriteOptions {
  signal?: AbortSignal;
  /** Bytes confirmed so far. */
  onWritten?: (bytes: number) => void;
}

/**
 * Writes chunks one after the other from `position` on, many writes under way at once. Pulls a chunk only when there
 * is room for it, and resolves when all are confirmed.
 */
export async function writeChunks(
  sftp: Sftp,
  to: { handle: Buffer; position: number },
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  { signal, onWritten }: WriteOptions = {},
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failure: { cause: unknown } | undefined;
  let written = 0;
  let { position } = to;
  const write = async (piece: Buffer) => {
    try {
      await sftp.write(to.handle, piece, position);
      written += piece.length;
      onWritten?.(written);
    } catch (cause) {
      failure ??= { cause };
    }
  };
  for await (const chunk of chunks) {
    for (const { piece } of cut(chunk)) {
      const writing = write(piece).finally(() => underWay.delete(writing));
      underWay.add(writing);
      position += piece.length;
      if (underWay.size >= MAX_CHUNKS) await abortable(Promise.race(underWay), signal);
    }
    signal?.throwIfAborted();
    if (failure) break;
  }
  await abortable(Promise.all(underWay), signal);
  if (failure) throw failure.cause;
}

/** Into pieces of the size of one message. */
export function cut(chunk: Buffer): { piece: Buffer; from: number }[] {
  const starts = Array.from({ length: Math.ceil(chunk.length / CHUNK_BYTES) }, (_, index) => index * CHUNK_BYTES);
  return starts.map((from) => ({ piece: chunk.subarray(from, from + CHUNK_BYTES), from }));
}
