import { Readable } from "node:stream";
import { Problem } from "@/lib/contracts/problem";
import type { FileStat } from "../host";
import { unfinishedFile } from "../unfinished-file";
import {
  ancestorsOf,
  close,
  closing,
  entriesOf,
  explained,
  fill,
  makeDirectories,
  orAbsent,
  removeFile,
  toFileStat,
  unfinishedBeside,
} from "./file-operations";
import type { RemoteShell } from "./remote-shell";
import { readChunks, type WriteOptions, writeChunks } from "./sftp-chunks";
import type { SharedSftp } from "./shared-sftp";

/** A file being written grows all the time, or its writer has lost its connection. An older one is nobody's any more. */
const ABANDONED_SECONDS = 60;

/** The files of a server, as root sees them. What is safe to repeat is repeated once over a lost connection. */
export class RemoteFiles {
  readonly #sftp: SharedSftp;
  readonly #shell: RemoteShell;

  constructor(sftp: SharedSftp, shell: RemoteShell) {
    this.#sftp = sftp;
    this.#shell = shell;
  }

  read(path: string): Promise<Buffer> {
    return this.#sftp.repeatable(async (sftp) => {
      const handle = await sftp.open(path, "read");
      return closing(sftp, handle, async () => Buffer.concat(await Array.fromAsync(readChunks(sftp, handle))));
    });
  }

  /** Once it is open, a lost connection is the stream's error. */
  openRead(path: string, { start, end }: { start?: number; end?: number } = {}): Promise<Readable> {
    return this.#sftp.repeatable(async (sftp, connection) => {
      const handle = await sftp.open(path, "read");
      const hold = connection.hold();
      return Readable.from(readChunks(sftp, handle, start, end), { objectMode: false }).once("close", () => {
        close(sftp, handle);
        hold.letGo();
      });
    });
  }

  write(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
    return this.#sftp.repeatable(async (sftp) => {
      const beside = unfinishedFile(path);
      const bytes = Buffer.from(content);
      try {
        const [others, now] = await Promise.all([unfinishedBeside(sftp, path), fill(sftp, beside, bytes, mode)]);
        const abandoned = others.filter(({ mtime }) => now - mtime > ABANDONED_SECONDS);
        await Promise.all([sftp.rename(beside, path), ...abandoned.map((other) => removeFile(sftp, other.path))]);
      } catch (error) {
        if (sftp.isOpen) await removeFile(sftp, beside);
        throw await explained(sftp, path, error, bytes.length);
      }
    });
  }

  /** See `TransferRemote.upload`. Nothing is repeated: the one who calls knows what is there already. */
  upload(path: string, position: number, chunks: AsyncIterable<Buffer>, options: WriteOptions = {}): Promise<void> {
    return this.#sftp.once(async (sftp) => {
      const handle = await sftp.open(path, "keep");
      try {
        await closing(sftp, handle, () => writeChunks(sftp, { handle, position }, chunks, options));
      } catch (error) {
        throw await explained(sftp, path, error);
      }
    });
  }

  stat(path: string): Promise<FileStat | null> {
    return this.#sftp.repeatable(async (sftp) => {
      const stats = await orAbsent(sftp.statLink(path));
      return stats && toFileStat(stats);
    });
  }

  list(path: string): Promise<string[]> {
    return this.#sftp.repeatable(async (sftp) => (await entriesOf(sftp, path)).map(({ filename }) => filename).sort());
  }

  makeDirectory(path: string): Promise<void> {
    return this.#sftp.repeatable((sftp) => makeDirectories(sftp, path));
  }

  async remove(path: string): Promise<void> {
    const isRemoved = await this.#sftp.repeatable(async (sftp) => {
      // Whoever still writes it would put it back.
      const [removed, unfinished] = await Promise.all([removeFile(sftp, path), unfinishedBeside(sftp, path)]);
      await Promise.all(unfinished.map((other) => removeFile(sftp, other.path)));
      return removed;
    });
    if (isRemoved) return;
    const { exitCode, stderr } = await this.#shell.run({ args: ["rm", "-rf", "--", path] });
    if (exitCode === 0) return;
    throw new Problem("command-failed", { params: { command: "rm" }, detail: stderr.trim().split("\n").at(-1) });
  }

  diskFreeBytes(path: string): Promise<number> {
    return this.#sftp.repeatable(async (sftp) => {
      // All at once, the nearest first: most of the time it is there.
      const answers = ancestorsOf(path).map((folder) => orAbsent(sftp.diskFreeBytes(folder)));
      for (const answer of await Promise.all(answers)) if (answer !== null) return answer;
      throw new Problem("command-failed", { params: { command: "statvfs" } });
    });
  }
}
