import { setTimeout as sleep } from "node:timers/promises";

const DEADLINE_MS = 60_000;
const EVERY_MS = 50;

/** Resolves when the console reports that it is healthy; rejects when it ended or took too long. */
export async function waitUntilHealthy(url: string, ended: Promise<string>, signal: AbortSignal): Promise<void> {
  const ending = new AbortController();
  const gone = ended.then((how) => ending.abort(new Error(how)));
  const either = AbortSignal.any([signal, ending.signal, AbortSignal.timeout(DEADLINE_MS)]);
  while (!(await isHealthy(url, either))) {
    either.throwIfAborted();
    await sleep(EVERY_MS);
  }
  void gone;
}

async function isHealthy(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false; // nothing listens yet: the caller checks the signal and retries
  }
}
