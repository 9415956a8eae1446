import type { Readable } from "node:stream";
import type { CommandResult, OutputStream, RunOptions } from "./host";
import { LineSplitter, type SplitOptions } from "./line-splitter";

const KEEP_BYTES = 1024 * 1024;

/** A command's output: passed on line by line as it arrives, its newest bytes kept for the result. */
export class CommandOutput {
  readonly #onLine: RunOptions["onLine"];
  readonly #split: SplitOptions;
  readonly #onFailure: (cause: unknown) => void;
  readonly #kept: Readonly<Record<OutputStream, OutputTail>>;

  /** `onFailure` gets the error that `onLine` throws. */
  constructor(options: RunOptions, onFailure: (cause: unknown) => void) {
    const keepBytes = options.keepBytes ?? KEEP_BYTES;
    this.#onLine = options.onLine;
    this.#split = options;
    this.#onFailure = onFailure;
    this.#kept = { stdout: new OutputTail(keepBytes), stderr: new OutputTail(keepBytes) };
  }

  listen(stream: OutputStream, source: Readable): void {
    const onLine = this.#onLine;
    const lines =
      onLine && new LineSplitter((line, goesOn) => this.#take(() => onLine(line, stream, goesOn)), this.#split);
    source.on("data", (chunk: Buffer) => {
      this.#kept[stream].write(chunk);
      lines?.write(chunk);
    });
    source.once("end", () => lines?.end());
  }

  get kept(): Pick<CommandResult, OutputStream> {
    return { stdout: this.#kept.stdout.toString(), stderr: this.#kept.stderr.toString() };
  }

  #take(use: () => void): void {
    try {
      use();
    } catch (cause) {
      this.#onFailure(cause);
    }
  }
}

/** Keeps the newest `limit` bytes of a stream. */
export class OutputTail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  write(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    let drop = 0;
    for (const oldest of this.#chunks) {
      if (this.#bytes - oldest.length < this.#limit) break;
      this.#bytes -= oldest.length;
      drop += 1;
    }
    if (drop > 0) this.#chunks.splice(0, drop);
  }

  toString(): string {
    const all = Buffer.concat(this.#chunks);
    return all.subarray(firstWholeCharacter(all, Math.max(0, all.length - this.#limit))).toString("utf8");
  }
}

/** The cut may fall inside a character: skip its continuation bytes (10xxxxxx). */
function firstWholeCharacter(bytes: Buffer, from: number): number {
  let at = from;
  while (from > 0 && at < bytes.length && at < from + 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}
