import type { Host } from "../host";

/**
 * What sending a tree needs of a host: three things every host can do, and one that only matters over a network. All
 * four act as the same user on the host. A connection that goes away makes any of them reject with `host-lost`; the
 * next call makes a new one (with the host's own back-off) or rejects with `host-lost` or `host-unreachable`.
 */
export interface TransferRemote extends Pick<Host, "run" | "stat" | "makeDirectory"> {
  /**
   * Writes all chunks into one file from byte `position` on, many writes under way at once, in order; what is there
   * already stays (no truncation). Makes the file (0600) when it is not there; its directory is. Pulls a chunk only
   * when there is room for it, and ends the iterator when it fails. The iterator's own error is passed on as it is;
   * a disk that is full is an error with the code ENOSPC.
   */
  upload(
    path: string,
    position: number,
    chunks: AsyncIterable<Buffer>,
    options?: {
      signal?: AbortSignal;
      /** Bytes of `chunks` the host has confirmed so far. */
      onWritten?: (bytes: number) => void;
    },
  ): Promise<void>;
}
