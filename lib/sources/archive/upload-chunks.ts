import { createHash } from "node:crypto";
import { Problem } from "@/lib/contracts/problem";
import { db } from "@/lib/platform/db/client";
import { retryTransient } from "@/lib/platform/db/transient";
import { type ArchiveBytes, MEGABYTE } from "./archive";

/** Must never change: the row of a byte is found by dividing by it. */
const CHUNK_BYTES = 1024 * 1024;
/** A restart of the database must not end an upload that took minutes. */
const PATIENCE_MS = 15_000;
/** A zip is read at two positions: its directory and its files. */
const CACHED_CHUNKS = 3;

/** Writes the content as rows, a chunk at a time. Throws `upload-too-large` as soon as the limit is exceeded. */
export async function storeChunks(
  uploadId: string,
  content: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<{ bytes: number; sha256: string }> {
  const digest = createHash("sha256");
  let bytes = 0;
  let position = 0;
  for await (const data of inChunks(content)) {
    bytes += data.length;
    if (bytes > limitBytes) throw uploadTooLarge(limitBytes);
    digest.update(data);
    await writeChunk(uploadId, position, data);
    position += 1;
  }
  return { bytes, sha256: digest.digest("hex") };
}

export function uploadTooLarge(limitBytes: number): Problem {
  const limit = Math.floor(limitBytes / MEGABYTE);
  const fields = [{ path: ["file"], code: "upload-too-large", message: "upload-too-large" }];
  return new Problem("upload-too-large", { params: { limit }, fields });
}

/** The same bytes in pieces of one size; only the last may be smaller. */
async function* inChunks(content: AsyncIterable<Uint8Array>): AsyncIterable<Buffer<ArrayBuffer>> {
  let chunk = Buffer.alloc(CHUNK_BYTES);
  let filled = 0;
  for await (const part of content) {
    for (let taken = 0; taken < part.length; ) {
      const copied = Math.min(part.length - taken, CHUNK_BYTES - filled);
      chunk.set(part.subarray(taken, taken + copied), filled);
      taken += copied;
      filled += copied;
      if (filled < CHUNK_BYTES) continue;
      yield chunk;
      chunk = Buffer.alloc(CHUNK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

/** Safe to repeat while the database is away: the first attempt may have been written although its answer was lost. */
async function writeChunk(uploadId: string, position: number, data: Buffer<ArrayBuffer>): Promise<void> {
  const write = () =>
    db.$executeRaw`INSERT INTO upload_chunk (upload_id, position, data) VALUES (${uploadId}::uuid, ${position}, ${data}) ON CONFLICT DO NOTHING`;
  await retryTransient(write, { patienceMs: PATIENCE_MS }).catch((error: unknown) => {
    throw isDiskFull(error) ? new Problem("storage-full", { cause: error }) : error;
  });
}

/** Finds SQLSTATE disk_full inside the errors that Prisma wraps around it. */
function isDiskFull(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, originalCode, cause, meta } = error as Record<string, unknown>;
  if (code === "53100" || originalCode === "53100") return true;
  const wrapped = (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError;
  return isDiskFull(cause) || isDiskFull(wrapped);
}

/** The bytes of a complete upload, read from the rows on demand. */
export function storedBytes(uploadId: string, size: number): ArchiveBytes {
  const cached = new Map<number, Promise<Buffer>>();
  const chunk = (position: number): Promise<Buffer> => {
    const reading = cached.get(position) ?? readChunk(uploadId, position);
    // Evict the least recently used chunk first.
    cached.delete(position);
    cached.set(position, reading);
    const [oldest] = cached.keys();
    if (cached.size > CACHED_CHUNKS && oldest !== undefined) cached.delete(oldest);
    return reading;
  };
  return {
    size,
    async *read(start, end) {
      for (let at = start; at < end; ) {
        const position = Math.floor(at / CHUNK_BYTES);
        const offset = position * CHUNK_BYTES;
        const data = (await chunk(position)).subarray(at - offset, end - offset);
        if (data.length === 0) return;
        yield data;
        at += data.length;
      }
    },
  };
}

/** As base64: the driver takes twice as long to decode bytes. */
async function readChunk(uploadId: string, position: number): Promise<Buffer> {
  const read = () => db.$queryRaw<{ data: string }[]>`
    SELECT encode(data, 'base64') AS data FROM upload_chunk WHERE upload_id = ${uploadId}::uuid AND position = ${position}`;
  const [row] = await retryTransient(read, { patienceMs: PATIENCE_MS });
  if (!row) throw new Problem("source-missing", { params: { path: uploadId }, detail: "the upload is gone" });
  return Buffer.from(row.data, "base64");
}
