import { aroundEach } from "vitest";
import { machineLock } from "../hosts/machine-lock";

/**
 * Runs one piece of work at a time on this machine: builds, installations and deployments use every processor and the
 * disk, and a console that answers a hundred requests in a second is late without them.
 */
export async function withProcessors<T>(work: () => Promise<T>): Promise<T> {
  const release = await machineLock("processors");
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Each test of the file that calls this. Its set-up does not have the processors. */
export function testsHaveProcessors(): void {
  aroundEach((test) => withProcessors(test));
}
