import type { Readable } from "node:stream";
import * as z from "zod";

/**
 * The two formats in which the daemon streams. The library's own readers cannot be used here:
 * - `demuxStream` ignores backpressure (it read 200 MB ahead of a slow reader), copies the rest of a chunk for every
 *   frame, and calls itself for every frame: 5,000 lines in one response overflow the stack.
 * - `followProgress` keeps every message until the end, breaks characters that are split between chunks, drops a last
 *   line without a line end, and throws outside of any promise at a line that is not JSON.
 */

const HEADER_BYTES = 8;
const STDERR = 2;
/** The daemon writes at most 32 KiB per frame. A larger length means unframed text, as of a terminal. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export interface OutputFrame {
  stream: "stdout" | "stderr";
  text: Buffer;
}

/** A container's output without a terminal: frames of a header (stream, length) and any number of lines. */
export async function* readFrames(
  stream: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<OutputFrame, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    while (bytes.length - from >= HEADER_BYTES) {
      const length = bytes.readUInt32BE(from + 4);
      if (length > MAX_FRAME_BYTES) throw new Error("the output of the container is not in frames");
      const end = from + HEADER_BYTES + length;
      if (end > bytes.length) break;
      const type = bytes.readUInt8(from);
      yield { stream: type === STDERR ? "stderr" : "stdout", text: bytes.subarray(from + HEADER_BYTES, end) };
      from = end;
    }
    rest = bytes.subarray(from);
  }
}

/** The daemon's progress of a pull or load: one JSON object per line. */
const EngineMessage = z.looseObject({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z.looseObject({ current: z.number().optional(), total: z.number().optional() }).optional(),
  errorDetail: z.looseObject({ message: z.string().optional(), code: z.number().optional() }).optional(),
});
export type EngineMessage = z.infer<typeof EngineMessage>;

/** Far longer than any message. A daemon that never ends its line must not fill the memory. */
const MAX_MESSAGE = 1024 * 1024;

export async function* jsonMessages(stream: Readable): AsyncGenerator<EngineMessage, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_MESSAGE) throw new Error("a message of the daemon is too long");
    for (const line of lines) yield* messageIn(line);
  }
  yield* messageIn(rest + decoder.decode());
}

function messageIn(line: string): EngineMessage[] {
  return line.trim() === "" ? [] : [EngineMessage.parse(JSON.parse(line))];
}
