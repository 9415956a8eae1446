import { LineSplitter } from "@/lib/hosts/line-splitter";
import type { OutputPiece } from "../driver";

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Reads what a container wrote from the stream the engine sends: frames of a header (stream, length) and text that may
 * hold any number of lines. Hands it on line by line; one that ends without a line end is given when the stream ends.
 */
export async function readOutput(
  stream: AsyncIterable<Buffer> | Iterable<Buffer>,
  onPiece: (text: string, goesOn: boolean) => void,
  options: { partialAfterMs?: number } = {},
): Promise<void> {
  const splitters = [1, STDERR].map(() => new LineSplitter(onPiece, options));
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of stream)
      rest = takeFrames(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), (type, text) =>
        splitters[type === STDERR ? 1 : 0]?.write(text),
      );
  } finally {
    for (const splitter of splitters) splitter.end();
  }
}

/** The same of an output that is there as a whole. */
export async function outputLines(stream: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<OutputPiece[]> {
  const pieces: OutputPiece[] = [];
  await readOutput(stream, (text, goesOn) => pieces.push({ text, goesOn }));
  return pieces;
}

/** Answers with what is not a whole frame yet. */
function takeFrames(bytes: Buffer, take: (type: number, text: Buffer) => void): Buffer {
  let from = 0;
  while (bytes.length - from >= HEADER_BYTES) {
    const end = from + HEADER_BYTES + bytes.readUInt32BE(from + 4);
    if (end > bytes.length) break;
    take(bytes.readUInt8(from), bytes.subarray(from + HEADER_BYTES, end));
    from = end;
  }
  return bytes.subarray(from);
}
