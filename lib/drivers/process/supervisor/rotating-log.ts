import {
  createWriteStream,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  type WriteStream,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { countLines, formatLogNumbers, type LogNumbers, logNumbersFile, parseLogNumbers } from "../log-numbers";
import { report } from "./report";

const MAX_BYTES = 10 * 1024 * 1024;
const KEPT = 3;

/** A service's output: `output.log`, and as it grows `output.log.1` (the newest) to `.3`. Kept when releases change. */
export class RotatingLog {
  readonly #path: string;
  readonly #maxBytes: number;
  #stream: WriteStream | null = null;
  #bytes = 0;
  /** The number of lines ever written, including those in deleted files. */
  #lines = 0;
  #numbers: LogNumbers | null = null;

  constructor(path: string, maxBytes = MAX_BYTES) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  }

  /** Calls `drained` and answers false when the disk cannot keep up and the writer should pause. */
  write(chunk: Buffer | string, drained?: () => void): boolean {
    const stream = this.#open();
    if (!stream) return true;
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    this.#bytes += bytes.length;
    this.#lines += countLines(bytes);
    const keepsUp = stream.write(bytes);
    if (!keepsUp && drained) this.#whenDrained(stream, drained);
    if (this.#bytes >= this.#maxBytes) this.#rotate();
    return keepsUp || !drained;
  }

  close(): void {
    this.#stream?.end();
    this.#stream = null;
  }

  /** A full disk must not stop the service: a line that cannot be written is lost, and the next one tries again. */
  #open(): WriteStream | null {
    if (this.#stream) return this.#stream;
    try {
      // Opened synchronously: the file must exist when it is renamed.
      const fd = openSync(this.#path, "a", 0o600);
      const { ino, size } = fstatSync(fd);
      this.#bytes = size;
      this.#number(String(ino), size);
      this.#stream = createWriteStream(this.#path, { fd });
    } catch (error) {
      this.#failed(null, error as Error);
      return null;
    }
    const stream = this.#stream;
    return stream.on("error", (error) => this.#failed(stream, error));
  }

  /** Records how many lines come before this file. Without the record only the size of a gap is unknown. */
  #number(inode: string, size: number): void {
    try {
      const file = logNumbersFile(this.#path);
      const numbers = this.#numbers ?? parseLogNumbers(readIfThere(file).toString());
      const before = size === 0 ? this.#linesSoFar(numbers) : numbers.get(inode);
      // A file without a number starts a new count.
      this.#numbers = before === undefined ? new Map() : numbers;
      this.#lines = (before ?? 0) + countLines(size === 0 ? Buffer.alloc(0) : readFileSync(this.#path));
      if (numbers.get(inode) === before && before !== undefined) return;
      this.#numbers.delete(inode); // a deleted file had this inode
      this.#numbers.set(inode, before ?? 0);
      this.#numbers = new Map([...this.#numbers].slice(-KEPT - 1));
      writeFileSync(`${file}.new`, formatLogNumbers(this.#numbers), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch (error) {
      report(`cannot number the lines of ${this.#path}: ${(error as Error).message}`);
    }
  }

  #linesSoFar(numbers: LogNumbers): number | undefined {
    if (this.#numbers !== null) return this.#lines;
    const older = `${this.#path}.1`;
    const before = numbers.get(String(statSync(older, { throwIfNoEntry: false })?.ino));
    return before === undefined ? undefined : before + countLines(readFileSync(older));
  }

  #failed(stream: WriteStream | null, error: Error): void {
    report(`cannot write ${this.#path}: ${error.message}`);
    if (this.#stream === stream) this.#stream = null;
  }

  /** `close` also follows an error, so a writer never stays paused. */
  #whenDrained(stream: WriteStream, drained: () => void): void {
    const once = () => {
      stream.off("drain", once).off("close", once);
      drained();
    };
    stream.on("drain", once).on("close", once);
  }

  /** Pending writes go to the renamed file, because the stream has its descriptor. */
  #rotate(): void {
    this.close();
    for (let age = KEPT - 1; age >= 0; age -= 1) {
      const from = age === 0 ? this.#path : `${this.#path}.${age}`;
      if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${this.#path}.${age + 1}`);
    }
  }
}

function readIfThere(path: string): Buffer {
  return statSync(path, { throwIfNoEntry: false }) ? readFileSync(path) : Buffer.alloc(0);
}
