import { machineLock } from "../hosts/machine-lock";

/**
 * One at a time on this machine: builds and installations, which take every processor there is, and a console that answers
 * a hundred requests in a second, which is late without them. What waits most of its time goes on beside it.
 */
export async function withProcessors<T>(work: () => Promise<T>): Promise<T> {
  const release = await machineLock("processors");
  try {
    return await work();
  } finally {
    await release();
  }
}
