import { LineSplitter } from "@/lib/hosts/line-splitter";
import { readFrames } from "@/lib/platform/docker/streams";
import type { OutputPiece } from "../driver";

/** Hands on line by line what a container wrote; a line without a line end is handed on when the stream ends. */
export async function readOutput(
  stream: AsyncIterable<Buffer> | Iterable<Buffer>,
  onPiece: (text: string, goesOn: boolean) => void,
  options: { partialAfterMs?: number } = {},
): Promise<void> {
  const splitters = { stdout: new LineSplitter(onPiece, options), stderr: new LineSplitter(onPiece, options) };
  try {
    for await (const frame of readFrames(stream)) splitters[frame.stream].write(frame.text);
  } finally {
    splitters.stdout.end();
    splitters.stderr.end();
  }
}

/** The same for a whole output. */
export async function outputLines(stream: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<OutputPiece[]> {
  const pieces: OutputPiece[] = [];
  await readOutput(stream, (text, goesOn) => pieces.push({ text, goesOn }));
  return pieces;
}
