import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const MAX_BYTES = 10 * 1024 * 1024;

/**
 * The output of a process of ours, in a file that is rotated to `<file>.1` when it has grown large. Lines are written
 * immediately: there are few, and the last ones before a crash matter most.
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
