import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { COMMAND_OUTPUT_BYTES, OUTPUT_LEFT_OUT } from "../../release-layout";
import { report } from "./report";

/** A file with the output of one of a service's own commands, up to a limit. No service can name it. */
export class CommandOutput {
  readonly #path: string;
  readonly #file: number;
  #room: number;
  #isCut = false;

  constructor(path: string, mostBytes = COMMAND_OUTPUT_BYTES) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#path = path;
    this.#file = openSync(path, "w", 0o600);
    this.#room = mostBytes;
  }

  /** Synchronous, so that the file is whole when the end is reported. A full disk must not stop the command. */
  write(chunk: string): void {
    if (this.#isCut) return;
    const bytes = Buffer.from(chunk);
    const kept = bytes.subarray(0, this.#room);
    this.#room -= kept.length;
    this.#isCut = kept.length < bytes.length;
    try {
      writeSync(this.#file, kept);
      if (this.#isCut) writeSync(this.#file, `\n${OUTPUT_LEFT_OUT}\n`);
    } catch (error) {
      report(`cannot write ${this.#path}: ${(error as Error).message}`);
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
