import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const MAX_BYTES = 10 * 1024 * 1024;

/**
 * What a process of ours says, in a file that is set aside as `<file>.1` when it has grown large. Written at once: it
 * is little, and the last words of one that dies are the ones that are wanted.
 */
export class ProcessLog {
  #descriptor: number;
  #bytes: number;

  constructor(readonly file: string) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#descriptor = openSync(file, "a", 0o600);
    this.#bytes = fstatSync(this.#descriptor).size;
  }

  write(chunk: Buffer): void {
    if (this.#bytes > MAX_BYTES) this.#startOver();
    this.#bytes += writeSync(this.#descriptor, chunk);
  }

  #startOver(): void {
    closeSync(this.#descriptor);
    renameSync(this.file, `${this.file}.1`);
    this.#descriptor = openSync(this.file, "a", 0o600);
    this.#bytes = 0;
  }

  lastLine(): string {
    return readFileSync(this.file, "utf8").trimEnd().split("\n").at(-1) ?? "";
  }
}
