import type { Readable } from "node:stream";
import type { CommandResult, OutputStream, RunOptions } from "./host";
import { LineSplitter, type SplitOptions } from "./line-splitter";
import { OutputTail } from "./output-tail";

const KEEP_BYTES = 1024 * 1024;

/** What a command writes: handed on by line as it comes, and its newest bytes kept for the result. */
export class CommandOutput {
  readonly #onLine: RunOptions["onLine"];
  readonly #split: SplitOptions;
  readonly #onFailure: (cause: unknown) => void;
  readonly #kept: Readonly<Record<OutputStream, OutputTail>>;

  /** `onFailure` gets what `onLine` throws. */
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
