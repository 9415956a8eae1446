import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { LineSplitter, PARTIAL_AFTER_MS } from "@/lib/hosts/line-splitter";
import type { LogOptions, OutputPiece, ServicePlace } from "../driver";
import { throughQueue } from "../output-queue";
import { outputLog } from "../release-layout";
import { countLines, type LogNumbers, logNumbersFile, parseLogNumbers } from "./log-numbers";

const POLL_MS = 200;
const TAIL_BYTES = 256 * 1024;
/** The number of rotated files that are kept (supervisor/rotating-log.ts). */
const OLDER_FILES = 3;

/** The service's output from its log files, which work without the supervisor. Following loses nothing to rotation. */
export async function* followLog(
  place: ServicePlace,
  { tail, follow, signal }: LogOptions,
): AsyncGenerator<OutputPiece> {
  const log = new LogFiles(place);
  await log.goToEnd();
  const { lines, begun } = tail > 0 ? await log.tail() : { lines: [], begun: "" };
  // A partial last line continues with the output that follows.
  const whole = begun === "" || follow ? lines : [...lines, begun];
  for (const text of whole.slice(-tail)) yield { text, goesOn: false };
  if (!follow) return;
  yield* throughQueue({ signal, follow }, async (queue, until) => {
    const splitter = new LineSplitter((text, goesOn) => queue.push(text, goesOn), { partialAfterMs: PARTIAL_AFTER_MS });
    splitter.write(Buffer.from(begun));
    await log.findNumber();
    try {
      for (;;) {
        await sleep(POLL_MS, undefined, { signal: until });
        await log.readOn({
          write: (chunk) => splitter.write(chunk),
          lost(lines) {
            splitter.end(); // the rest of a partial line is lost too
            if (lines === null)
              queue.push("[landfall] more was written at once than is kept: lines were left out", false);
            else queue.lose(lines);
          },
          signal: until,
        });
      }
    } finally {
      splitter.end();
    }
  });
}

/** Arguments: a file, and a number of bytes. Prints the number of lines in them, and the file's identity. */
const COUNT = `head -c "$2" -- "$1" | wc -l; stat -c %i-%W -- "$1"`;

interface Reader {
  write: (chunk: Buffer) => void;
  /** Null where the supervisor has not numbered its lines. */
  lost: (lines: number | null) => void;
  signal: AbortSignal;
}

/** The newest log file and the rotated ones, read in order. */
class LogFiles {
  readonly #place: ServicePlace;
  /** Newest first. */
  readonly #files: readonly string[];
  /** The file that is being read. Its name changes with each rotation. */
  #inode: string | undefined;
  #offset = 0;
  /** The file that is being read was rotated, and the next one does not exist yet. */
  #isRotated = false;
  /** The number of lines before this position; null when unknown. */
  #number: number | null = null;
  /** The identity of the first rotated file. It changes with each rotation. */
  #before = "";

  constructor(place: ServicePlace) {
    this.#place = place;
    const newest = outputLog(place);
    const older = Array.from({ length: OLDER_FILES }, (_, index) => `${newest}.${index + 1}`);
    this.#files = [newest, ...older];
  }

  async goToEnd(): Promise<void> {
    do {
      this.#before = await this.#rotatedFile();
      this.#setFile(await this.#inodes());
      this.#offset = await this.#sizeOf(this.#isRotated ? 1 : 0);
    } while (this.#before !== (await this.#rotatedFile()));
  }

  /** The newest lines before this position, including some of the rotated file when this one is short. */
  async tail(): Promise<{ lines: string[]; begun: string }> {
    const offset = this.#isRotated ? 0 : this.#offset;
    const now = await this.#text(0, Math.max(0, offset - TAIL_BYTES), offset);
    const missing = TAIL_BYTES - offset;
    const olderSize = missing > 0 ? await this.#sizeOf(1) : 0;
    const older = await this.#text(1, Math.max(0, olderSize - missing), olderSize);
    const lines = (older + now).split("\n");
    const begun = lines.pop() ?? "";
    return { lines, begun };
  }

  /** Adds the lines counted in this file, whose size is limited, to the supervisor's number. */
  async findNumber(): Promise<void> {
    const file = this.#file(this.#isRotated ? 1 : 0);
    const { stdout } = await this.#place.host.run({ args: ["sh", "-c", COUNT, "sh", file, String(this.#offset)] });
    const [lines = "", inode] = stdout.split("\n");
    const before = (await this.#numbers()).get(numberOf(this.#inode));
    this.#number = before === undefined || inode !== this.#inode ? null : before + Number(lines);
  }

  /** Reads everything written since; calls `lost` for lines that were rotated away. */
  async readOn({ write, lost, signal }: Reader): Promise<void> {
    // Opened before the check for a rotation, so that without one it was the newest file.
    const stream = await this.#open(0, this.#isRotated ? 0 : this.#offset);
    const before = await this.#rotatedFile();
    if (before === this.#before) {
      if (stream) await this.#readNewest(stream, write);
      return;
    }
    stream?.destroy();
    this.#before = before;
    const inodes = await this.#settledInodes(signal);
    const found = inodes.indexOf(this.#inode ?? "");
    const oldest = found === -1 || this.#inode === undefined ? inodes.findLastIndex(Boolean) : found;
    if (found === -1 && this.#inode !== undefined) lost(await this.#skipTo(inodes[oldest]));
    const newest = inodes[0] ? 0 : 1;
    for (let age = oldest; age >= newest; age -= 1) {
      await this.#readAll(await this.#open(age, this.#offset), write);
      if (age > newest) this.#offset = 0;
    }
    this.#setFile(inodes);
    if (this.#number === null) await this.findNumber();
  }

  /** Waits a moment after a rotation: the supervisor may still write to the renamed file. */
  async #settledInodes(signal: AbortSignal): Promise<string[]> {
    const inodes = await this.#inodes();
    if (this.#inode === undefined || inodes[0] === this.#inode) return inodes;
    await sleep(POLL_MS, undefined, { signal });
    return this.#inodes();
  }

  async #readNewest(stream: Readable, write: (chunk: Buffer) => void): Promise<void> {
    const isNew = this.#isRotated || this.#inode === undefined;
    if (isNew) {
      const inodes = await this.#inodes();
      // Rotated again meanwhile: these inodes are not reliable, so the next round starts here.
      if ((await this.#rotatedFile()) !== this.#before) return void stream.destroy();
      this.#setFile(inodes);
      this.#offset = 0;
    }
    await this.#readAll(stream, write);
    if (isNew && this.#number === null) await this.findNumber();
  }

  /** Continues at the beginning of a file, and answers how many lines that skips. */
  async #skipTo(inode: string | undefined): Promise<number | null> {
    const before = (await this.#numbers()).get(numberOf(inode)) ?? null;
    const lines = before === null || this.#number === null || before <= this.#number ? null : before - this.#number;
    this.#number = before;
    this.#offset = 0;
    return lines;
  }

  #setFile([newest, older]: readonly string[]): void {
    this.#isRotated = !newest && !!older;
    this.#inode = newest || older || undefined;
  }

  async #readAll(stream: Readable | null, write: (chunk: Buffer) => void): Promise<void> {
    if (!stream) return;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      this.#offset += chunk.length;
      if (this.#number !== null) this.#number += countLines(chunk);
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

  async #rotatedFile(): Promise<string> {
    const found = await this.#place.host.stat(this.#file(1));
    return found ? `${found.size} ${found.modifiedAt.getTime()}` : "";
  }

  async #numbers(): Promise<LogNumbers> {
    const { stdout } = await this.#place.host.run({
      args: ["sh", "-c", 'cat -- "$1" 2>/dev/null', "sh", logNumbersFile(this.#file(0))],
    });
    return parseLogNumbers(stdout);
  }

  /** File identities by age; empty for a missing file. Inodes are reused, so the time of creation is a part. */
  async #inodes(): Promise<string[]> {
    const { stdout } = await this.#place.host.run({
      args: ["sh", "-c", 'for file; do stat -c %i-%W -- "$file" 2>/dev/null || echo; done', "sh", ...this.#files],
    });
    return stdout.split("\n").slice(0, this.#files.length);
  }

  async #sizeOf(age: number): Promise<number> {
    return (await this.#place.host.stat(this.#file(age)))?.size ?? 0;
  }

  #file(age: number): string {
    return this.#files[age] as string;
  }
}

/** The inode alone. */
function numberOf(inode = ""): string {
  return inode.split("-")[0] ?? "";
}
