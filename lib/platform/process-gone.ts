/** A row of `process` that was silent for so long belongs to a process that is gone. */
export const PROCESS_GONE_MS = 15_000;
