/** A row of `process` without a heartbeat for this long belongs to a process that has ended. */
export const PROCESS_GONE_MS = 15_000;
