import { Problem } from "@/lib/contracts/problem";

/**
 * Throws unless it is a regular file. A service can put a pipe, a socket or a device where its files are: opening the one
 * waits for ever, and reading the other never ends.
 */
export function refuseIrregular(stats: { isFile(): boolean }, path: string): void {
  if (!stats.isFile()) throw notRegular(path);
}

export function notRegular(path: string, cause?: unknown): Problem {
  return new Problem("command-failed", { params: { command: "open" }, detail: `${path} is not a regular file`, cause });
}
