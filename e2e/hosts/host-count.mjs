import { totalmem } from "node:os";

/** Tests of several hosts need at least two; on a small machine more than four only compete for its processors. */
const LEAST = 2;
const MOST = 4;
/** The peak memory of a host, its test file and the workers that the file starts. */
const BYTES_PER_HOST = 3 * 2 ** 30;

/** Every test file of the project `hosts` has a host of its own, so this many run concurrently. */
export const hostCount = Math.max(LEAST, Math.min(MOST, Math.floor(totalmem() / BYTES_PER_HOST)));
