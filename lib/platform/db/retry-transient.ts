import { isTransient } from "./is-transient";

const DELAYS_MS = [20, 50, 100, 250, 500, 1_000] as const;

/** Repeats `work` while the database is away, up to `patienceMs`; every other error passes through at once. */
export async function retryTransient<T>(work: () => Promise<T>, { patienceMs }: { patienceMs: number }): Promise<T> {
  const giveUpMs = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || performance.now() > giveUpMs) throw error;
      const delay = DELAYS_MS[Math.min(attempt, DELAYS_MS.length - 1)];
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}
