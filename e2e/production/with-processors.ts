import { machineLock } from "../hosts/machine-lock";

/**
 * Runs one piece of work at a time on this machine: builds and installations, which use every processor, and a console
 * that answers a hundred requests in a second, which is late without them. Work that mostly waits runs beside it.
 */
export async function withProcessors<T>(work: () => Promise<T>): Promise<T> {
  const release = await machineLock("processors");
  try {
    return await work();
  } finally {
    await release();
  }
}
