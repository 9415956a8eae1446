import { totalmem } from "node:os";

/** Tests of several hosts need at least two; more than four only wait for each other on a small machine's processors. */
const LEAST = 2;
const MOST = 4;
/** What a host, the test file that works on it and the workers it starts take together at their highest. */
const BYTES_PER_HOST = 3 * 2 ** 30;

/** Every test file of the project `hosts` has a host of its own, so this many run at the same time. */
export const hostCount = Math.max(LEAST, Math.min(MOST, Math.floor(totalmem() / BYTES_PER_HOST)));
