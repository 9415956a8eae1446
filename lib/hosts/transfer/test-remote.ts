import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { Problem } from "@/lib/contracts/problem";
import type { Command, CommandResult, FileStat, RunOptions } from "../host";
import { LocalHost } from "../local-host";
import type { TransferRemote } from "./send-tree";

const WRITE_BYTES = 32 * 1024;

/** For tests: this machine behind a connection that can be cut. */
export class TestRemote implements TransferRemote {
  /** Each is the number of bytes after which one upload is cut. */
  readonly cuts: number[] = [];
  /** How many of the next commands run to their end without their answer arriving. */
  lostAnswers = 0;
  /** All uploaded bytes, including those of cut uploads. */
  uploadedBytes = 0;
  /** Called after each write. */
  onWrite: (bytes: number) => void = () => {};
  readonly #host: LocalHost;

  constructor(environment?: Record<string, string>) {
    this.#host = new LocalHost(environment ? { environment } : {});
  }

  async run(command: Command, options: RunOptions = {}): Promise<CommandResult> {
    const result = await this.#host.run(command, options);
    if (this.lostAnswers === 0) return result;
    this.lostAnswers -= 1;
    throw lost();
  }

  stat(path: string): Promise<FileStat | null> {
    return this.#host.stat(path);
  }

  makeDirectory(path: string): Promise<void> {
    return this.#host.makeDirectory(path);
  }

  async upload(
    path: string,
    position: number,
    chunks: AsyncIterable<Buffer>,
    options: { signal?: AbortSignal; onWritten?: (bytes: number) => void } = {},
  ): Promise<void> {
    const file = await open(path, constants.O_WRONLY | constants.O_CREAT, 0o600);
    const cut = this.cuts.shift() ?? Number.POSITIVE_INFINITY;
    let written = 0;
    try {
      for await (const chunk of chunks) {
        for (let from = 0; from < chunk.length; from += WRITE_BYTES) {
          options.signal?.throwIfAborted();
          const piece = chunk.subarray(from, Math.min(from + WRITE_BYTES, from + cut - written));
          await file.write(piece, 0, piece.length, position + written);
          written += piece.length;
          this.uploadedBytes += piece.length;
          options.onWritten?.(written);
          this.onWrite(written);
          if (written >= cut) throw lost();
        }
      }
    } finally {
      await file.close();
    }
  }
}

function lost(): Problem {
  return new Problem("host-lost");
}
