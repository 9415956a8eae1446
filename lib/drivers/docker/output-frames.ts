import { LineSplitter } from "@/lib/hosts/line-splitter";

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * What a container wrote, line by line, of the stream the engine sends: frames of a header (stream, length) and text
 * that may hold any number of lines. One that ends without a line end is given when the stream ends.
 */
export async function* outputLines(stream: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<string> {
  let ready: string[] = [];
  const splitters = [1, STDERR].map(() => new LineSplitter((line) => ready.push(line)));
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = takeFrames(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), (type, text) =>
      splitters[type === STDERR ? 1 : 0]?.write(text),
    );
    yield* ready;
    ready = [];
  }
  for (const splitter of splitters) splitter.end();
  yield* ready;
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
