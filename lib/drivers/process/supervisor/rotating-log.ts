import { createWriteStream, fstatSync, mkdirSync, openSync, renameSync, statSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import { report } from "./report";

const MAX_BYTES = 10 * 1024 * 1024;
const KEPT = 3;

/** A service's output: `output.log`, and as it grows `output.log.1` (the newest) to `.3`. Kept when releases change. */
export class RotatingLog {
  readonly #path: string;
  readonly #maxBytes: number;
  #stream: WriteStream | null = null;
  #bytes = 0;

  constructor(path: string, maxBytes = MAX_BYTES) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  }

  /** Calls `drained` and answers false when the disk cannot keep up and the writer should pause. */
  write(chunk: Buffer | string, drained?: () => void): boolean {
    const stream = this.#open();
    if (!stream) return true;
    this.#bytes += Buffer.byteLength(chunk);
    const keepsUp = stream.write(chunk);
    if (!keepsUp && drained) this.#whenDrained(stream, drained);
    if (this.#bytes >= this.#maxBytes) this.#rotate();
    return keepsUp || !drained;
  }

  close(): void {
    this.#stream?.end();
    this.#stream = null;
  }

  /** A full disk must not stop the service: what cannot be written is lost, and the next line tries again. */
  #open(): WriteStream | null {
    if (this.#stream) return this.#stream;
    try {
      // At once and not when the stream gets to it: the file must be there when it is renamed.
      const fd = openSync(this.#path, "a", 0o600);
      this.#bytes = fstatSync(fd).size;
      this.#stream = createWriteStream(this.#path, { fd });
    } catch (error) {
      this.#failed(null, error as Error);
      return null;
    }
    const stream = this.#stream;
    return stream.on("error", (error) => this.#failed(stream, error));
  }

  #failed(stream: WriteStream | null, error: Error): void {
    report(`cannot write ${this.#path}: ${error.message}`);
    if (this.#stream === stream) this.#stream = null;
  }

  /** `close` also comes after an error, so a writer is never left paused. */
  #whenDrained(stream: WriteStream, drained: () => void): void {
    const once = () => {
      stream.off("drain", once).off("close", once);
      drained();
    };
    stream.on("drain", once).on("close", once);
  }

  /** What is still being written goes to the renamed file: the stream holds it by its descriptor. */
  #rotate(): void {
    this.close();
    for (let age = KEPT - 1; age >= 0; age -= 1) {
      const from = age === 0 ? this.#path : `${this.#path}.${age}`;
      if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${this.#path}.${age + 1}`);
    }
  }
}
