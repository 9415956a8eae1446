import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { LineSplitter, PARTIAL_AFTER_MS } from "@/lib/hosts/line-splitter";
import type { LogOptions, OutputPiece, ServicePlace } from "../driver";
import { throughQueue } from "../output-queue";
import { outputLog } from "../release-layout";

const POLL_MS = 200;
const TAIL_BYTES = 256 * 1024;
/** How many files are kept of what was written before (supervisor/rotating-log.ts). */
const OLDER_FILES = 3;

/** The service's output from its log file: it is there however the supervisor is. Rotation loses nothing that follows. */
export async function* followLog(
  place: ServicePlace,
  { tail, follow, signal }: LogOptions,
): AsyncGenerator<OutputPiece> {
  const log = new LogFiles(place);
  await log.goToEnd();
  const { lines, begun } = tail > 0 ? await log.tail() : { lines: [], begun: "" };
  // A line that has only begun goes on in what follows.
  const whole = begun === "" || follow ? lines : [...lines, begun];
  for (const text of whole.slice(-tail)) yield { text, goesOn: false };
  if (!follow) return;
  yield* throughQueue({ signal, follow }, async (queue, until) => {
    const splitter = new LineSplitter((text, goesOn) => queue.push(text, goesOn), { partialAfterMs: PARTIAL_AFTER_MS });
    splitter.write(Buffer.from(begun));
    try {
      for (;;) {
        await sleep(POLL_MS, undefined, { signal: until });
        await log.readOn({
          write: (chunk) => splitter.write(chunk),
          lost: () => queue.push("[landfall] more was written at once than is kept: lines were left out", false),
          signal: until,
        });
      }
    } finally {
      splitter.end();
    }
  });
}

interface Reader {
  write: (chunk: Buffer) => void;
  lost: () => void;
  signal: AbortSignal;
}

/** The newest file and those before it, read to the end of what is written. */
class LogFiles {
  readonly #place: ServicePlace;
  /** The newest first. */
  readonly #files: readonly string[];
  /** The file that is being read: its name changes as newer ones come. */
  #inode: string | undefined;
  #offset = 0;
  /** What the file before the newest was like: another one means that there is a newer one. */
  #before = "";

  constructor(place: ServicePlace) {
    this.#place = place;
    const newest = outputLog(place);
    const older = Array.from({ length: OLDER_FILES }, (_, index) => `${newest}.${index + 1}`);
    this.#files = [newest, ...older];
  }

  async goToEnd(): Promise<void> {
    do {
      this.#before = await this.#lookBefore();
      this.#inode = (await this.#inodes())[0];
      this.#offset = await this.#sizeOf(0);
    } while (this.#before !== (await this.#lookBefore()));
  }

  /** The newest lines before this place; of the file before it too when this one has only just begun. */
  async tail(): Promise<{ lines: string[]; begun: string }> {
    const now = await this.#text(0, Math.max(0, this.#offset - TAIL_BYTES), this.#offset);
    const missing = TAIL_BYTES - this.#offset;
    const olderSize = missing > 0 ? await this.#sizeOf(1) : 0;
    const older = await this.#text(1, Math.max(0, olderSize - missing), olderSize);
    const lines = (older + now).split("\n");
    const begun = lines.pop() ?? "";
    return { lines, begun };
  }

  /** All that was written since; `lost` is called where some of it is not kept any more. */
  async readOn({ write, lost, signal }: Reader): Promise<void> {
    // Opened before it is looked at whether it is still the newest: then it was.
    const stream = await this.#open(0, this.#offset);
    const before = await this.#lookBefore();
    if (before === this.#before) {
      await this.#readAll(stream, write);
      this.#inode ??= (await this.#inodes())[0];
      return;
    }
    stream?.destroy();
    this.#before = before;
    let inodes = await this.#inodes();
    if (this.#inode !== undefined && inodes[0] !== this.#inode) {
      // What the supervisor had not written yet when it renamed the file comes a moment later.
      await sleep(POLL_MS, undefined, { signal });
      inodes = await this.#inodes();
    }
    const found = this.#inode === undefined ? 0 : inodes.indexOf(this.#inode);
    if (found === -1) {
      this.#offset = 0;
      lost();
    }
    for (let age = found === -1 ? inodes.length - 1 : found; age >= 0; age -= 1) {
      await this.#readAll(await this.#open(age, this.#offset), write);
      if (age > 0) this.#offset = 0;
    }
    this.#inode = inodes[0];
  }

  async #readAll(stream: Readable | null, write: (chunk: Buffer) => void): Promise<void> {
    if (!stream) return;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      this.#offset += chunk.length;
      write(chunk);
    }
  }

  async #text(age: number, start: number, end: number): Promise<string> {
    if (end <= start) return "";
    const stream = await this.#place.host.openRead(this.#file(age), { start, end: end - 1 });
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  }

  async #open(age: number, start: number): Promise<Readable | null> {
    return (await this.#sizeOf(age)) > start ? this.#place.host.openRead(this.#file(age), { start }) : null;
  }

  async #lookBefore(): Promise<string> {
    const found = await this.#place.host.stat(this.#file(1));
    return found ? `${found.size} ${found.modifiedAt.getTime()}` : "";
  }

  /** Of the files that are there, the newest first. A number is given again, so the time when it was goes with it. */
  async #inodes(): Promise<string[]> {
    const { stdout } = await this.#place.host.run({
      args: ["sh", "-c", 'for file; do stat -c %i-%W -- "$file" 2>/dev/null || break; done', "sh", ...this.#files],
    });
    return stdout.split("\n").filter(Boolean);
  }

  async #sizeOf(age: number): Promise<number> {
    return (await this.#place.host.stat(this.#file(age)))?.size ?? 0;
  }

  #file(age: number): string {
    return this.#files[age] as string;
  }
}
