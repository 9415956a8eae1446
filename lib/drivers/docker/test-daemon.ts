import { LocalHost } from "@/lib/hosts/local-host";

/** This machine with a test's daemon in place of Docker's, and a disk whose size the test chooses. */
export class HostWithDaemon extends LocalHost {
  readonly #socketPath: string;
  readonly #freeBytes: number | undefined;

  constructor(socketPath: string, freeBytes?: number) {
    super();
    this.#socketPath = socketPath;
    this.#freeBytes = freeBytes;
  }

  override connect(_to: unknown, signal?: AbortSignal) {
    return super.connect({ socketPath: this.#socketPath }, signal);
  }

  override async diskFreeBytes(path: string) {
    return this.#freeBytes ?? super.diskFreeBytes(path);
  }
}
