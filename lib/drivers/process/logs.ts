import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServicePlace } from "../driver";
import { outputLog } from "../release-layout";

const POLL_MS = 200;
const TAIL_BYTES = 256 * 1024;

/** The service's output from its log file: it is there however the supervisor is. Rotation loses nothing that follows. */
export async function* followLog(
  place: ServicePlace,
  options: { tail: number; follow: boolean; signal: AbortSignal },
): AsyncGenerator<string> {
  const file = outputLog(place);
  let position = await sizeOf(place, file);
  if (options.tail > 0) yield* (await tailOf(place, file, position)).slice(-options.tail);
  const lines = new PartialLines();
  while (options.follow && (await pause(options.signal))) {
    const size = await sizeOf(place, file);
    if (size < position) {
      yield* lines.add(await read(place, `${file}.1`, position));
      position = 0;
    }
    if (size === position) continue;
    yield* lines.add(await read(place, file, position, size));
    position = size;
  }
}

/** The newest lines; of the file before it too when this one has only just begun. */
async function tailOf(place: ServicePlace, file: string, size: number): Promise<string[]> {
  const now = size === 0 ? "" : await readText(place, file, Math.max(0, size - TAIL_BYTES), size);
  const missing = TAIL_BYTES - size;
  const olderSize = missing > 0 ? await sizeOf(place, `${file}.1`) : 0;
  const older = olderSize === 0 ? "" : await readText(place, `${file}.1`, Math.max(0, olderSize - missing), olderSize);
  const lines = (older + now).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

async function readText(place: ServicePlace, file: string, start: number, end: number): Promise<string> {
  return (await read(place, file, start, end)).toString("utf8");
}

async function read(place: ServicePlace, file: string, start: number, end?: number): Promise<Buffer> {
  if ((await sizeOf(place, file)) <= start) return Buffer.alloc(0);
  const stream = await place.host.openRead(file, { start, ...(end === undefined ? {} : { end: end - 1 }) });
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function sizeOf({ host }: ServicePlace, file: string): Promise<number> {
  return (await host.stat(file))?.size ?? 0;
}

/** False when the signal ended the wait. */
async function pause(signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(POLL_MS, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

class PartialLines {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  add(chunk: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
