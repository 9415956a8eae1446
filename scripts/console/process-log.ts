import { createWriteStream, mkdirSync, readFileSync, renameSync, statSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";

const MAX_BYTES = 10 * 1024 * 1024;

/** What a process of ours says, in a file that is set aside as `<file>.1` when it has grown large. */
export class ProcessLog {
  #stream: WriteStream;
  #bytes: number;

  constructor(readonly file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    this.#stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  }

  write(chunk: Buffer): void {
    if (this.#bytes > MAX_BYTES) this.#startOver();
    this.#bytes += chunk.length;
    this.#stream.write(chunk);
  }

  #startOver(): void {
    this.#stream.end();
    renameSync(this.file, `${this.file}.1`);
    this.#stream = createWriteStream(this.file, { flags: "a", mode: 0o600 });
    this.#bytes = 0;
  }

  lastLine(): string {
    return readFileSync(this.file, "utf8").trimEnd().split("\n").at(-1) ?? "";
  }
}
