/** One press of Ctrl-C can arrive several times: from the terminal, from npm, and from any parent that forwards it. */
const SAME_PRESS_MS = 1_000;

export interface Interruption {
  /** Aborts at the first request to end. */
  readonly signal: AbortSignal;
  /** Aborts at the second request: wait for nothing. */
  readonly hurry: AbortSignal;
}

export function watchInterruption(): Interruption {
  const ask = new AbortController();
  const hurry = new AbortController();
  let firstAt = 0;
  const onSignal = () => {
    const now = performance.now();
    if (!ask.signal.aborted) {
      firstAt = now;
      ask.abort();
    } else if (now - firstAt > SAME_PRESS_MS) hurry.abort();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return { signal: ask.signal, hurry: hurry.signal };
}

/** Resolves when the signal aborts; immediately when it already has. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
